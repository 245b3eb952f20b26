"""A student made of its teacher: the same architecture with some of its blocks, or DistilBERT's."""

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import torch
from torch import nn

from infoplane._errors import InputError, ModelError, one_line
from infoplane.methods._distilling._distilbert import as_distilbert, distilbert_weights, is_new
from infoplane.methods._distilling._layer_map import layer_map
from infoplane.models import LanguageModel

if TYPE_CHECKING:
    from transformers import PreTrainedModel

Architecture = Literal["same", "distilbert"]


def student_network(
    teacher: "PreTrainedModel",
    *,
    layers: str | Sequence[int] = "spaced",
    depth: int | None = None,
    architecture: Architecture = "same",
    pooler: bool = False,
    seed: int = 0,
) -> "PreTrainedModel":
    """A network that begins as the blocks `layers` of `teacher`, with its embeddings, norms and heads; see `layer_map`.

    architecture  "same": the teacher's, so that a copy of all blocks gives its logits
                  "distilbert": of a BERT teacher; has no token types and no pooler. The embedding of token type 0 goes
                  into those of the positions, so that states of single texts stay BERT's
    pooler        whether "distilbert" begins its `pre_classifier` as the teacher's pooler, where the teacher has one
    seed          of what the teacher has not: the `pre_classifier` and the classifier of "distilbert"

    The CMI paper begins its students so, from the teacher trained on the task. `teacher` stays as it is. Raises
    InputError for a map that does not fit, ModelError for "distilbert" of another teacher and for an architecture whose
    blocks cannot be told apart.
    """
    _check_architecture(architecture)
    chosen = layer_map(_depth(teacher), depth, layers)
    weights = _picked(teacher, chosen)
    kind, config = type(teacher), _config(teacher.config, chosen)
    if architecture == "distilbert":
        kind, config = as_distilbert(teacher, config)
        weights = distilbert_weights(weights, pooler=pooler)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        student = kind(config)
    _load(student, weights)
    return student.to(device=teacher.device, dtype=teacher.dtype).train(teacher.training)


def student_model(
    teacher: LanguageModel,
    *,
    layers: str | Sequence[int] = "spaced",
    depth: int | None = None,
    architecture: Architecture = "same",
    seed: int = 0,
) -> LanguageModel:
    """`student_network` of the network of `teacher`, in float32, with its tokenizer."""
    asked: dict[str, Any] = {"layers": layers, "depth": depth, "architecture": architecture, "seed": seed}
    network = student_network(teacher.network, **asked).float().eval()
    tokenizer = copy.deepcopy(teacher.tokenizer)
    if architecture == "distilbert":
        tokenizer.model_input_names = [name for name in tokenizer.model_input_names if name != "token_type_ids"]
        tokenizer.init_kwargs["model_input_names"] = tokenizer.model_input_names  # what is saved with it
    return LanguageModel(network, tokenizer, name=f"a student of {teacher.name}")


def check_student(
    teacher: LanguageModel | None, layers: str | Sequence[int], depth: int | None, architecture: str
) -> None:
    """Raise what `student_network` would for a teacher trained from `teacher`, as far as that is known before."""
    _check_architecture(architecture)
    if teacher is not None:
        layer_map(teacher.layers, depth, layers)
        if architecture == "distilbert" and teacher.anatomy.config.model_type != "bert":
            came = f"distilbert from {teacher.name}, a {teacher.anatomy.config.model_type}"
            raise ModelError(one_line(came, "a BERT", "leave the architecture as it is"))


def _check_architecture(architecture: str) -> None:
    if architecture not in get_args(Architecture):
        expected = f"one of {', '.join(get_args(Architecture))}"
        raise InputError(one_line(f"architecture {architecture!r}", expected, "use one of these"))


def _depth(teacher: "PreTrainedModel") -> int:
    return int(teacher.config.get_text_config().num_hidden_layers)


def _config(config: Any, chosen: Sequence[int]) -> Any:
    """`config` of a network of the `chosen` blocks only, what is listed block by block included."""
    fewer = copy.deepcopy(config)
    text = fewer.get_text_config()
    depth = text.num_hidden_layers
    for name, value in list(vars(text).items()):
        if "layer" in name and isinstance(value, list) and len(value) == depth:
            setattr(text, name, [value[block] for block in chosen])
    text.num_hidden_layers = len(chosen)
    return fewer


def _picked(teacher: "PreTrainedModel", chosen: Sequence[int]) -> dict[str, torch.Tensor]:
    """The teacher's weights, with the `chosen` blocks counted anew and the others left out."""
    prefix = _blocks_path(teacher) + "."
    places = {str(block): str(place) for place, block in enumerate(chosen)}
    picked = {}
    for name, tensor in teacher.state_dict().items():
        if not name.startswith(prefix):
            picked[name] = tensor
            continue
        block, _, rest = name.removeprefix(prefix).partition(".")
        if block in places:
            picked[f"{prefix}{places[block]}.{rest}"] = tensor
    return picked


def _blocks_path(network: "PreTrainedModel") -> str:
    """Where the list of blocks stands in `network`, as `bert.encoder.layer`; ModelError where there is none."""
    depth = _depth(network)
    for name, module in network.named_modules():
        if isinstance(module, nn.ModuleList) and len(module) == depth:
            return str(name)
    came = f"{type(network).__name__}"
    raise ModelError(one_line(came, f"a list of {depth} blocks", "choose a plain decoder or encoder as teacher"))


def _load(student: "PreTrainedModel", weights: dict[str, torch.Tensor]) -> None:
    """Put `weights` into `student`; ModelError where one has no place, or is lacking."""
    try:
        left = student.load_state_dict(weights, strict=False)
        fits = not left.unexpected_keys and all(is_new(name) for name in left.missing_keys)
    except RuntimeError:  # of other shapes
        fits = False
    if not fits:
        came = f"a {type(student).__name__} that cannot take its teacher's weights"
        raise ModelError(one_line(came, "blocks of one shape", "choose another teacher or layer map"))
