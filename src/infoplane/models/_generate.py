"""Greedy answers by a decoding loop of our own that records the states of every step.

Step t is the forward that emits token t: step 1 is the last token of the prompt, step t the token emitted before. A row
whose answer has ended leaves the batch, so later steps cost only what still runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from infoplane._errors import InputError, one_line
from infoplane._prompt import Prompt
from infoplane.models._batches import run_halving
from infoplane.models._beginning import Beginning
from infoplane.models._capture import Recorder, Take, Want, require_finite, take_positions
from infoplane.models._render import Encoded
from infoplane.models._select import Layer, Select
from infoplane.models._states import Rows, Sink, Store

if TYPE_CHECKING:
    from infoplane.models._language_model import LanguageModel
    from infoplane.models._read import Progress

_NAME = "answer"

# What a tokenizer shows for a character of which it has only seen some bytes.
_BROKEN = "\ufffd"


@dataclass(frozen=True)
class Generation:
    """Answers to n prompts.

    texts    what was said before the stop string or the end of text
    tokens   ids of every emitted token, the one that ended the answer among them
    pieces   the text each emitted token added; empty for the end of text
    steps    the steps that were recorded, 1..T where nothing else was selected
    running  (n, steps) bool: whether the answer was still being emitted at that step
    states   (n, steps, layers, width) float32, nan where not running; None without `select` or with a store
    layers   the layers of `states`
    """

    texts: list[str]
    tokens: list[list[int]]
    pieces: list[list[str]]
    steps: tuple[int, ...]
    running: NDArray[np.bool_]
    layers: tuple[Layer, ...] = ()
    states: NDArray[np.float32] | None = field(default=None, repr=False)


def generate(
    model: "LanguageModel",
    prompts: Sequence[Prompt | str],
    *,
    max_new_tokens: int,
    stop: Sequence[str],
    select: Select | None,
    store: Store | None,
    key: str,
    progress: "Progress | None",
) -> Generation:
    """Continue every prompt greedily; see `LanguageModel.generate`."""
    model.require_head("generation")
    if max_new_tokens < 1:
        raise InputError(one_line(f"max_new_tokens={max_new_tokens}", "a number from 1", "raise it"))
    if select is not None and select.tokens != "last":
        raise InputError(one_line(f"{select}", "tokens=last, the emitting token", "leave tokens out when generating"))
    encoded = model.renderer.encode(prompts, room=max_new_tokens)
    answers = _Answers(model, encoded, most=max_new_tokens, stop=stop, select=select, store=store, key=key)
    answers.run(progress)
    return answers.generation()


class _Answers:
    """A pass over the prompts in batches, each continued until its last answer ends."""

    def __init__(
        self,
        model: "LanguageModel",
        prompts: list[Encoded],
        *,
        most: int,
        stop: Sequence[str],
        select: Select | None,
        store: Store | None,
        key: str,
    ) -> None:
        self.model, self.most, self.stop = model, most, tuple(stop)
        self.ids = [prompt.ids for prompt in prompts]
        self.ends = _end_tokens(model)
        self.stopping: dict[int, bool] = {}
        self.beginning = Beginning(model, prompts, steps=most)
        self.steps = select.resolve_steps(most, first=1) if select else ()
        self.wants = {_NAME: Want(select.site, select.resolve_layers(model.layers))} if select else {}
        self.recorder = Recorder(model.anatomy, self.wants, stops=False)
        self.sinks = {step: Sink(len(prompts), store, f"{key}step{step}") for step in self.steps}
        self.emitted = Sink(len(prompts), store, f"{key}tokens", dtype=np.int64)
        self.stored = store is not None

    def run(self, progress: "Progress | None") -> None:
        """Answer what is not in the store yet."""
        done = 0
        with self.model.running(), self.recorder.attached():
            for rows in self.beginning.batches(self.beginning.shared + self.most, continued=True):
                if not self.emitted.has(rows):
                    run_halving(rows, self._answer)
                done += len(rows)
                if progress:
                    progress(done, len(self.ids))

    def _answer(self, rows: Rows) -> None:
        """Continue one batch to its end. The tokens are kept last: they mark the batch as done."""
        tokens = np.full((len(rows), self.most), -1, np.int64)
        running = np.arange(len(rows))
        self.recorder.aim({})
        self.beginning.open()
        device = self.model.device
        last = take_positions([len(self.beginning.own[row]) - 1 for row in rows], device)
        self._aim(1, last)
        stream, final, _ = self.beginning.feed(rows)
        for step in range(1, self.most + 1):
            emitted = self._emit(rows, last(final))
            if step in self.sinks:
                self.sinks[step].write(rows[running], self._collect(rows))
            tokens[running, step - 1] = emitted.cpu().numpy()
            going = [at for at, row in enumerate(running) if not self._ended(rows[row], tokens[row, :step])]
            if not going or step == self.most:
                break
            if len(going) < len(running):
                kept = torch.tensor(going, device=device)
                stream, emitted, running = stream.pick(kept), emitted[kept], running[going]
            last = _only
            self._aim(step + 1, last)
            final = stream.feed(emitted[:, None], [1] * len(going))
        self.emitted.write(rows, tokens)

    def _aim(self, step: int, last: Take) -> None:
        """Have the last token of every row recorded where the coming step was asked for."""
        self.recorder.aim({_NAME: last} if step in self.sinks else {})

    def _collect(self, rows: Rows) -> NDArray[np.float32]:
        states = self.recorder.collect()[_NAME]
        require_finite(self.model.anatomy, [states], lambda: self.beginning.feed(rows))
        return states

    def _emit(self, rows: Rows, final: Tensor) -> Tensor:
        """The likeliest next token of every row. Raises ModelError where logits are not finite."""
        tokens, likeliest = _argmax(self.model.anatomy.logits(final))
        require_finite(self.model.anatomy, [likeliest], lambda: self.beginning.feed(rows))
        return tokens

    def _ended(self, row: int, tokens: NDArray[np.int64]) -> bool:
        token = int(tokens[-1])
        if token in self.ends or not self._may_stop(token):
            return token in self.ends
        text = self._texts(row, [tokens.tolist()])[0]
        return any(end in text for end in self.stop)

    def _may_stop(self, token: int) -> bool:
        """Whether `token` can complete a stop string; it is said twice, as a tokenizer may drop its space at first."""
        if token not in self.stopping:
            twice = self.model.tokenizer.decode([token, token], skip_special_tokens=True)
            self.stopping[token] = any(end[-1:] in twice for end in self.stop) or _BROKEN in twice
        return self.stopping[token]

    def _texts(self, row: int, answers: Sequence[list[int]]) -> list[str]:
        """What each of `answers` adds to the prompt; decoded behind its last token, lest a first one lose its space."""
        last = self.ids[row][-1:]
        decoded = [self.model.tokenizer.decode(last + tokens, skip_special_tokens=True) for tokens in ([], *answers)]
        return [text[len(decoded[0]) :] for text in decoded[1:]]

    def generation(self) -> Generation:
        """What was answered, in the order of the prompts."""
        rows = self.emitted.load(None)
        tokens = [[token for token in row if token >= 0] for row in rows.tolist()]
        texts = [self._texts(row, [said[: end + 1] for end in range(len(said))]) for row, said in enumerate(tokens)]
        pieces = [[after[len(before) :] for before, after in pairwise(["", *row])] for row in texts]
        longest = max(map(len, tokens))
        steps = tuple(step for step in (self.steps if self.wants else range(1, longest + 1)) if step <= longest)
        counts = np.array([len(said) for said in tokens])
        running = counts[:, None] >= np.array(steps, np.int64)
        layers = self.wants[_NAME].layers if self.wants else ()
        states = self._states(steps) if self.wants and not self.stored else None
        return Generation([_cut(row[-1], self.stop) for row in texts], tokens, pieces, steps, running, layers, states)

    def _states(self, steps: Sequence[int]) -> NDArray[np.float32]:
        nothing = np.empty((len(self.ids), 0, len(self.wants[_NAME].layers), self.model.width), np.float32)
        return np.stack([self.sinks[step].load(None) for step in steps], 1) if steps else nothing


def _only(hidden: Tensor) -> Tensor:
    return hidden[:, 0]


def _argmax(logits: Tensor) -> tuple[Tensor, NDArray[np.float32]]:
    """Where each row of `logits` is largest, and the value there; on the CPU by NumPy, which is many times faster."""
    if logits.device.type == "cpu":
        values = logits.numpy()
        at = values.argmax(-1)
        return torch.from_numpy(at), values[np.arange(len(at)), at]
    largest, tokens = logits.max(-1)
    return tokens, largest.cpu().numpy()


def _cut(text: str, stop: Sequence[str]) -> str:
    return text[: min((text.index(end) for end in stop if end in text), default=len(text))]


def _end_tokens(model: "LanguageModel") -> set[int]:
    """Ids that end a text, as the model's own generation settings have them."""
    settings = getattr(model.network, "generation_config", None)
    ends = getattr(settings, "eos_token_id", None)
    ends = model.tokenizer.eos_token_id if ends is None else ends
    return set() if ends is None else {ends} if isinstance(ends, int) else set(ends)
