"""Steering and answering beside plain generation, other tools, and examples in the prompt.

    python benchmarks/steering.py            a table
    python benchmarks/steering.py --json     the same as one JSON document

Plain generation is `generate` of Hugging Face on the network as `from_pretrained` gives it. Our loop runs what
`load_model` makes of the same folder, so that how weights and cache lie is part of it; inside `generate` everybody has
the network as `from_pretrained` gives it. "difference" is from what the answers should be: the baseline's where it does
the same, those of bare torch hooks where it does not, and of one item at a time where a method answers a batch.
"""

import copy
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from paired import BLOCKS, SHAPE, VOCABULARY, WIDTH, Case, Row, Run, make_tokenizer, run, words_of
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

from infoplane.measures import steps_needed
from infoplane.methods import METHODS, Setting
from infoplane.models import Add, Edit, LanguageModel, Plan, Select, load_model
from infoplane.spaces import TaskSpace
from infoplane.tasks import Split, load_task

SHARED = Path(__file__).resolve().parents[2] / "shared"
NEW = 16
PROMPT = 32
EXAMPLES = 5
ITEMS = 16

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Batch:
    """Prompts of one length, and a direction for each of them at every layer: `vectors` (rows, layers, width).

    `loaded` by `load_model`; `plain` by `from_pretrained`.
    """

    loaded: LanguageModel
    plain: LanguageModel
    ids: torch.Tensor
    vectors: NDArray[np.float32]

    @property
    def texts(self) -> list[str]:
        """The prompts as text."""
        return [words_of(row) for row in self.ids.numpy()]

    @property
    def plan(self) -> Plan:
        """Row i gets its own direction at every token of every layer."""
        select = Select(layers=f"1-{BLOCKS}", tokens="all")
        return Plan((Edit(select, (Add(self.vectors, np.eye(len(self.ids), dtype=np.float32)),)),))

    def generate(self, network: Any = None) -> Ids:
        """The answers of `generate`, of the plain network or of `network`."""
        network = self.plain.network if network is None else network
        mask = torch.ones_like(self.ids)
        answers = network.generate(self.ids, attention_mask=mask, max_new_tokens=NEW, do_sample=False, pad_token_id=1)
        return answers[:, PROMPT:].numpy()

    def loop(self) -> Ids:
        """The answers of our loop."""
        return np.array(self.loaded.generate(self.texts, max_new_tokens=NEW, stop=()).tokens)

    def steered_loop(self) -> Ids:
        """The answers of our loop under the plan."""
        with self.loaded.steer(self.plan):
            return self.loop()

    def steered_generate(self) -> Ids:
        """The answers of `generate` under the plan."""
        with self.plain.steer(self.plan):
            return self.generate()


def generation_cases(batch: Batch) -> Iterator[Case | Row]:
    """Plain and steered answers, in our loop and in `generate`; then other tools in `generate`."""
    rows, hooked = f"B={len(batch.ids)}", partial(with_hooks, batch)
    plain, ours = "plain generate", batch.steered_generate
    yield Case(f"no steering, our loop, {rows}", plain, None, batch.generate, batch.loop)
    yield Case(f"a direction a row, our loop, {rows}", plain, 0.92, batch.generate, batch.steered_loop, hooked)
    inside = f"a direction a row, inside generate, {rows}"
    yield Case(inside, plain, 1.05, batch.generate, ours, hooked)
    yield Case(inside, "bare torch hooks", None, hooked, ours)
    for peer, make in PEERS.items():
        if find_spec(peer) is None:
            yield Row(inside, peer, None, note="not installed: see README.md")
        else:
            theirs = make(batch, copy.deepcopy(batch.plain.network))
            yield Case(inside, peer, 1.0, theirs, ours)


def with_hooks(batch: Batch) -> Ids:
    """The answers with bare torch hooks that add the directions."""
    with ExitStack() as hooks:
        for block, vectors in zip(batch.plain.anatomy.blocks, deltas(batch), strict=True):
            handle = block.register_forward_hook(lambda *passed, vectors=vectors: passed[-1] + vectors)
            hooks.callback(handle.remove)
        return batch.generate()


def deltas(batch: Batch) -> list[torch.Tensor]:
    """What every layer adds, (rows, 1, width)."""
    return [torch.from_numpy(batch.vectors[:, layer, None]) for layer in range(BLOCKS)]


def repeng_run(batch: Batch, network: Any) -> Run:
    """The blocks are wrapped; the directions are set anew for every batch, as rows change."""
    np.float_ = np.float64  # a name of NumPy 1 that repeng 0.4.0 still asks for
    from repeng import ControlModel  # noqa: PLC0415

    control = ControlModel(network, list(range(BLOCKS)))

    def answers() -> Ids:
        control.set_raw_control(dict(enumerate(deltas(batch))))
        try:
            return batch.generate(control)
        finally:
            control.reset()

    return answers


def steering_vectors_run(batch: Batch, network: Any) -> Run:
    """One vector for all rows is what it takes; its operator is given the row's own instead."""
    from steering_vectors import SteeringVector  # noqa: PLC0415

    def answers() -> Ids:
        with ExitStack() as patches:
            for layer, vectors in enumerate(deltas(batch)):
                vector = SteeringVector({layer: vectors[0, 0]})
                patches.enter_context(vector.apply(network, operator=lambda _, __, vectors=vectors: vectors))
            return batch.generate(network)

    return answers


def nnsight_run(batch: Batch, network: Any) -> Run:
    """Every block's output replaced at every step of one generation trace."""
    from nnsight import TransformersModel  # noqa: PLC0415

    wrapped = TransformersModel(network, tokenizer=batch.plain.tokenizer, task="text-generation")
    inputs = {"input_ids": batch.ids, "attention_mask": torch.ones_like(batch.ids)}
    added = deltas(batch)

    def answers() -> Ids:
        with wrapped.generate(inputs, max_new_tokens=NEW, do_sample=False, pad_token_id=1) as tracer:
            for _ in tracer.iter[0:NEW]:
                for block, vectors in zip(wrapped.model.layers, added, strict=True):
                    block.output = block.output + vectors
            out = tracer.result.save()
        return out[:, PROMPT:].numpy()

    return answers


PEERS: dict[str, Callable[[Batch, Any], Run]] = {
    "repeng": repeng_run,
    "steering_vectors": steering_vectors_run,
    "nnsight": nnsight_run,
}


def method_cases() -> Iterator[Case]:
    """IC-ICL beside the bare prompt and beside the same examples in the prompt: retrieval, prompt and answer."""
    decoder = SHARED / "models" / "ed-decoder"
    real = decoder.is_dir()
    lm = load_model(decoder if real else "embedded", device="cpu")
    task = (
        load_task(SHARED / "data" / "empathetic_dialogues", exclude=decoder / "labelled_conversations.json")
        if real
        else load_task("embedded")
    )
    space = TaskSpace.build(lm, task.subset(200), contexts=8, negatives=1)  # what it costs does not hang on how good
    setting = Setting(lm, task, examples=EXAMPLES, given=space)
    queries = task.splits["test"].take(np.random.default_rng(0).permutation(len(task.splits["test"]))[:ITEMS])
    answer = partial(answers_of, setting, queries)
    alone = partial(one_by_one, setting, queries, "ic-icl-same")
    where = "EmpatheticDialogues" if real else "embedded task"
    for baseline, target in (("prompt", 1.06), ("icl", 0.53)):
        name = f"IC-ICL, {EXAMPLES} examples, {ITEMS} items, {where}"
        yield Case(name, baseline, target, partial(answer, baseline), partial(answer, "ic-icl-same"), alone)


def answers_of(setting: Setting, queries: Split, method: str) -> Ids:
    """First tokens of the greedy answers of `method`: all of retrieving, reading the prompt and answering.

    Every method emits as many tokens as the longest label needs.
    """
    choices = {
        "directions": "contrast",
        "layers": None,
        "k": EXAMPLES,
        "temperature": 0.1,
        "attention": 1.0,
        "coefficient": 1.0,
    }
    ask = METHODS[method].ask(setting, queries, choices)
    with nullcontext() if ask.plan is None else setting.lm.steer(ask.plan):
        said = setting.lm.generate(ask.prompts, max_new_tokens=steps_needed(setting.lm, setting.task), stop=())
    return np.array([tokens[0] for tokens in said.tokens])


def one_by_one(setting: Setting, queries: Split, method: str) -> Ids:
    """The same, one item at a time."""
    return np.concatenate([answers_of(setting, queries.take([row]), method) for row in range(len(queries))])


def cases() -> Iterator[Case | Row]:
    """Every row, one after the other."""
    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        network = LlamaForCausalLM(LlamaConfig(**SHAPE, bos_token_id=None, eos_token_id=None))
        network.save_pretrained(folder)
        tokenizer = make_tokenizer()
        tokenizer.save_pretrained(folder)
        loaded = load_model(folder, device="cpu")
        plain = LanguageModel(AutoModelForCausalLM.from_pretrained(folder), tokenizer)
    for rows in (8, 1):
        ids = torch.from_numpy(rng.integers(4, VOCABULARY, (rows, PROMPT)))
        vectors = rng.normal(0, 0.5, (rows, BLOCKS, WIDTH)).astype(np.float32)
        yield from generation_cases(Batch(loaded, plain, ids, vectors))
    yield from method_cases()


if __name__ == "__main__":
    run(cases, __doc__.splitlines()[0])
