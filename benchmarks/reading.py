"""Reading, scoring and generating beside what the field does, as paired ratios of processor time.

    python benchmarks/reading.py            a table
    python benchmarks/reading.py --json     the same as one JSON document

Every row runs a baseline and ours on the same network and inputs, as `paired` says. Ours always goes through the
public calls: rendering and tokenising are part of it.
"""

from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np
import torch
from numpy.typing import NDArray
from paired import BLOCKS, SHAPE, VOCABULARY, Case, Row, Run, make_tokenizer, run, words_of
from transformers import BertConfig, BertForMaskedLM, LlamaConfig, LlamaForCausalLM, PreTrainedModel

from infoplane.models import LanguageModel, Select

LAYERS = tuple(range(BLOCKS))  # the last one reported by Hugging Face is behind the norm and cannot be compared


def make_model(network: PreTrainedModel) -> LanguageModel:
    """`network` with random weights as a language model that never ends an answer by itself."""
    if network.can_generate():
        network.generation_config.eos_token_id = None
    return LanguageModel(network.eval().requires_grad_(False), make_tokenizer(), name=type(network).__name__)


def decoder_cases(model: LanguageModel, rng: np.random.Generator) -> Iterator[Case]:
    """Reading, scoring and generating with a Llama."""
    draw = lambda *shape: rng.integers(4, VOCABULARY, shape)  # noqa: E731
    skewed = (8 + 121 * rng.random(128) ** 2).astype(int)  # most texts are short, as in the corpora people measure on
    yield harvest_case(model, [draw(length) for length in skewed], "mostly short", 0.42)
    yield harvest_case(model, [draw(length) for length in rng.integers(8, 129, 128)], "any length alike", None)
    yield prefix_case(model, np.concatenate([np.tile(draw(96), (32, 1)), draw(32, 16)], 1))
    yield from reading_cases(model, draw(32, 128), "Llama")
    yield scoring_case(model, draw(1, 64), draw(32, 2))
    yield generation_case(model, draw(8, 32))


def harvest_case(model: LanguageModel, prompts: list[NDArray[np.int64]], which: str, target: float | None) -> Case:
    """Last-token states of all layers, against padded batches in file order with `output_hidden_states`."""
    texts, tokenizer = [words_of(ids) for ids in prompts], model.tokenizer

    def padded() -> NDArray[np.float32]:
        kept = []
        for start in range(0, len(texts), 16):
            batch = tokenizer(texts[start : start + 16], padding=True, return_tensors="pt")
            states = model.network(
                input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], output_hidden_states=True
            ).hidden_states
            last = batch["attention_mask"].sum(1) - 1
            kept.append(torch.stack([state[torch.arange(len(last)), last] for state in states[:BLOCKS]], 1))
        return torch.cat(kept).numpy()

    ours = lambda: model.read(texts, Select()).array[:, :BLOCKS]  # noqa: E731
    return Case(f"harvest: 128 prompts of 8-128 tokens, {which}", "padded output_hidden_states", target, padded, ours)


def prefix_case(model: LanguageModel, ids: NDArray[np.int64]) -> Case:
    """A common beginning of 96 tokens and 16 own ones, against running every prompt whole (without the head)."""
    texts, tensor = [words_of(row) for row in ids], torch.tensor(ids)

    def whole() -> NDArray[np.float32]:
        return model.network.model(tensor, use_cache=False)[0][:, -1].numpy()

    ours = lambda: model.read(texts, Select(layers=[*range(BLOCKS + 1), "final"])).layer("final")  # noqa: E731
    return Case("shared prefix: 96 common + 16 own, 32 prompts", "backbone, prompts whole", 0.26, whole, ours)


def reading_cases(model: LanguageModel, ids: NDArray[np.int64], name: str) -> Iterator[Case]:
    """All layers at the last token of 32 x 128 tokens, against forwards that report nothing."""
    texts, tensor = [words_of(row) for row in ids], torch.tensor(ids)
    backbone = model.anatomy.backbone
    every = Select(layers=[*range(BLOCKS + 1), "final"])
    ours = lambda: model.read(texts, every).layer("final")  # noqa: E731

    def with_head() -> NDArray[np.float32]:
        seen = []
        handle = backbone.register_forward_hook(lambda *passed: seen.append(passed[-1][0][:, -1].numpy()))
        model.network(tensor)
        handle.remove()
        return seen[0]

    def without_head() -> NDArray[np.float32]:
        return backbone(tensor)[0][:, -1].numpy()

    yield Case(f"{name}, all layers of 32 x 128", "bare forward with head", 0.78, with_head, ours)
    yield Case(f"{name}, all layers of 32 x 128", "bare forward without head", 1.05, without_head, ours)


def scoring_case(model: LanguageModel, prompt: NDArray[np.int64], labels: NDArray[np.int64]) -> Case:
    """32 labels of two tokens after 64 tokens, against 32 full strings in one batch."""
    text, answers = words_of(prompt[0]), [" " + words_of(label) for label in labels]
    full = torch.tensor(np.concatenate([np.tile(prompt, (len(labels), 1)), labels], 1))
    size = prompt.shape[1]

    def strings() -> NDArray[np.float32]:
        logs = model.network(full).logits[:, size - 1 : -1].log_softmax(-1)
        return logs.gather(-1, full[:, size:, None]).sum((1, 2)).numpy()

    ours = lambda: model.score([text], answers)[0]  # noqa: E731
    return Case("score 32 labels after 64 tokens", "32 full strings", 0.15, strings, ours)


def generation_case(model: LanguageModel, ids: NDArray[np.int64]) -> Case:
    """16 tokens after 32 with the states of every step and layer, against `generate` that records nothing."""
    texts, tensor = [words_of(row) for row in ids], torch.tensor(ids)
    mask = torch.ones_like(tensor)

    def generate() -> NDArray[np.int64]:
        answers = model.network.generate(
            tensor, attention_mask=mask, max_new_tokens=16, do_sample=False, pad_token_id=1
        )
        return answers[:, tensor.shape[1] :].numpy()

    def ours() -> NDArray[np.int64]:
        return np.array(model.generate(texts, max_new_tokens=16, stop=(), select=Select()).tokens)

    return Case("generate 16 after 32, B=8, every state kept", "generate, nothing kept", 0.95, generate, ours)


def peer_cases(model: LanguageModel, rng: np.random.Generator) -> Iterator[Case | Row]:
    """Ours against the peers on their own ground: all layers at the last token of 32 x 128 tokens."""
    ids = rng.integers(4, VOCABULARY, (32, 128))
    texts, tensor = [words_of(row) for row in ids], torch.tensor(ids)
    ours = lambda: model.read(texts, Select(layers=LAYERS[1:])).array  # noqa: E731
    for peer, make in (("nnsight", nnsight_run), ("transformer_lens", transformer_lens_run)):
        name = "Llama, all layers of 32 x 128"
        if find_spec(peer) is None:
            yield Row(name, peer, None, note="not installed: pip install -r benchmarks/requirements.txt")
        else:
            yield Case(name, peer, 1.0, make(model, tensor), ours)


def nnsight_run(model: LanguageModel, ids: torch.Tensor) -> Run:
    """Last token of every block's output in one nnsight trace."""
    from nnsight import NNsight  # noqa: PLC0415

    wrapped = NNsight(model.network)

    def run() -> NDArray[np.float32]:
        with wrapped.trace(ids):
            kept = [].save()
            for block in wrapped.model.layers[: BLOCKS - 1]:
                kept.append(block.output[:, -1])
        return torch.stack(list(kept), 1).numpy()

    return run


def transformer_lens_run(model: LanguageModel, ids: torch.Tensor) -> Run:
    """Last token of every block's output by `run_with_cache` with a names filter."""
    from transformer_lens.model_bridge import TransformerBridge  # noqa: PLC0415

    model.tokenizer.name_or_path = model.tokenizer.init_kwargs["name_or_path"] = "words"
    bridge = TransformerBridge.boot_transformers("words", hf_model=model.network, tokenizer=model.tokenizer)
    names = [f"blocks.{block}.hook_out" for block in range(BLOCKS - 1)]

    def run() -> NDArray[np.float32]:
        _, cache = bridge.run_with_cache(ids, names_filter=names, pos_slice=-1)
        return torch.stack([cache[name].reshape(len(ids), -1) for name in names], 1).numpy()

    return run


def cases() -> Iterator[Case | Row]:
    """Every row, one after the other."""
    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    llama = make_model(LlamaForCausalLM(LlamaConfig(**SHAPE)))
    bert = make_model(BertForMaskedLM(BertConfig(**SHAPE)))
    yield from decoder_cases(llama, rng)
    yield from reading_cases(bert, rng.integers(4, VOCABULARY, (32, 128)), "BERT")
    yield from peer_cases(llama, rng)


if __name__ == "__main__":
    with torch.inference_mode():
        run(cases, __doc__.splitlines()[0])
