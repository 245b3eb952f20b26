"""Loading a network and its tokenizer from a folder or the hub, from safetensors only and without foreign code."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from infoplane._errors import ModelError, one_line
from infoplane.models._quiet import quiet

if TYPE_CHECKING:
    from infoplane.models._language_model import LanguageModel

_HEADS = {
    "AutoModelForCausalLM": ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration"),
    "AutoModelForMaskedLM": ("ForMaskedLM", "ForPreTraining"),
    "AutoModelForSequenceClassification": ("ForSequenceClassification",),
}


def load_model(
    name: str | Path,
    *,
    device: str = "auto",
    dtype: str = "auto",
    revision: str | None = None,
    batch_size: int | Literal["auto"] = "auto",
) -> "LanguageModel":
    """A language model by hub name, folder, or built-in name, ready to be measured.

    name      "embedded" and "embedded-encoder" are built in

    device    "auto" (cuda, then mps, then cpu) or a torch device
    dtype     "auto" (as stored) or "float32", "bfloat16", "float16"; states are float32 in any case
    revision  a branch, tag or commit of a hub model

    Raises ModelError, one line saying what to do, for anything that cannot be loaded safely and whole.
    """
    from infoplane.models._language_model import LanguageModel
    from infoplane.models._layout import lay_out
    from infoplane.models._lineage import Lineage

    source = _source(str(name))
    with quiet():
        config = _attempt(source, _load_config, source, revision)
        tokenizer = _attempt(source, _load_tokenizer, source, revision)
        network, missing = _attempt(source, _load_network, source, revision, config, _dtype(dtype))
    if missing:
        raise ModelError(
            one_line(
                f"{name} without the weights {', '.join(missing[:3])}", "all of them", "save the model again, whole"
            )
        )
    network.eval().requires_grad_(False)
    lineage = Lineage.load(source)
    network = network.to(_device(device))
    model = LanguageModel(network, tokenizer, name=str(name), batch_size=batch_size, lineage=lineage)
    model.source = source, revision
    if model.small:
        lay_out(network)
    return model


def _source(name: str) -> str:
    """The folder or hub name meant by `name`. Raises ModelError for a folder that is none or holds no model."""
    from infoplane.embedded import MODELS, model_path

    if name in MODELS:
        return str(model_path(name))
    folder = Path(name).expanduser()
    if not name or not folder.exists():
        if name.startswith((".", "/", "~")) or name.count("/") > 1 or not name:
            raise ModelError(one_line(f"{name!r} is no folder", "a folder or a hub name", "check the path"))
        return name
    if not (folder / "config.json").is_file():
        raise ModelError(one_line(f"{name} has no config.json", "a Hugging Face model folder", "check the path"))
    if not any(folder.glob("*.safetensors")):
        found = "only *.bin weights" if any(folder.glob("*.bin")) else "no weights"
        do = "load it once with transformers and save_pretrained() it again"
        raise ModelError(one_line(f"{name} has {found}", "model.safetensors", do))
    if not any((folder / file).is_file() for file in ("tokenizer.json", "tokenizer.model", "vocab.txt", "vocab.json")):
        raise ModelError(one_line(f"{name} has no tokenizer", "tokenizer.json", "save the tokenizer into the folder"))
    return str(folder)


def _load_config(source: str, revision: str | None) -> Any:
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(source, revision=revision, trust_remote_code=False)
    if config.is_encoder_decoder:
        raise ModelError(one_line(f"{source} is an encoder-decoder", "a decoder or an encoder", "choose another model"))
    return config


def _load_tokenizer(source: str, revision: str | None) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(source, revision=revision, trust_remote_code=False)


def _load_network(source: str, revision: str | None, config: Any, dtype: Any) -> tuple[Any, list[str]]:
    """The network with the head it was saved with, and the names of weights that its files lack."""
    import transformers

    architecture = (config.architectures or [""])[0]
    kind = next((auto for auto, ends in _HEADS.items() if architecture.endswith(ends)), "AutoModel")
    network, info = getattr(transformers, kind).from_pretrained(
        source,
        config=config,
        revision=revision,
        dtype=dtype,
        use_safetensors=True,
        trust_remote_code=False,
        output_loading_info=True,
    )
    return network, sorted(key for key in info["missing_keys"] if "pooler" not in key)


def _attempt(source: str, load: Any, *arguments: Any) -> Any:
    """`load(...)`, with whatever the libraries raise turned into one line."""
    try:
        return load(*arguments)
    except ModelError:
        raise
    except Exception as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        what = {"_load_config": "config", "_load_tokenizer": "tokenizer"}.get(load.__name__, "weights")
        do = "check the name, the files and the network, or download it again"
        raise ModelError(one_line(f"{source}: its {what} cannot be loaded ({first})", "a whole model", do)) from None


def _dtype(dtype: str) -> Any:
    import torch

    if dtype == "auto":
        return "auto"
    if dtype not in ("float32", "bfloat16", "float16"):
        raise ModelError(one_line(f"dtype {dtype!r}", '"auto", float32, bfloat16 or float16', "choose one of these"))
    return getattr(torch, dtype)


def _device(device: str) -> Any:
    import torch

    if device == "auto":
        cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
        device = "cuda" if cuda else "mps" if mps else "cpu"
    try:
        return torch.empty(0, device=device).device
    except (RuntimeError, AssertionError) as error:
        first = str(error).splitlines()[0][:120]
        raise ModelError(
            one_line(f"device {device!r} ({first})", "one this machine has", 'use device="auto"')
        ) from None
