"""Label scoring: log p(label | prompt) of all labels, with everything they share computed once.

The full strings prompt + label are tokenised, so a token that spans the border is scored as it is read. What all of a
prompt's strings begin with is its context; the scores are log p(string) - log p(context), exact. First tokens are
scored by the context's own logits; only the distinct beginnings of longer labels are run, behind the context's cache.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from infoplane._errors import InputError, one_line
from infoplane._prompt import Prompt
from infoplane.models._batches import Rows, common_prefix, run_halving
from infoplane.models._beginning import Beginning
from infoplane.models._capture import require_finite
from infoplane.models._stream import Stream, pad_rows

if TYPE_CHECKING:
    from infoplane.models._language_model import LanguageModel

# Positions whose logits are held at once, and how many tokens of cache a chunk of label beginnings may copy.
_POSITIONS = 256
_CACHE_FACTOR = 16

Suffix = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Ask:
    """Token `target` of `label` is predicted by token `at` of beginning `row`."""

    label: int
    row: int
    at: int
    target: int


@dataclass(frozen=True, slots=True)
class _Tree:
    """The label tokens that follow one context: beginnings to run, and what to ask at which of their tokens."""

    beginnings: tuple[Suffix, ...]
    asks: tuple[_Ask, ...]


def score_labels(
    model: "LanguageModel",
    prompts: Sequence[Prompt | str],
    labels: Sequence[str],
    *,
    normalize: bool,
    calibrate: Prompt | str | None,
) -> NDArray[np.float64]:
    """(n, K) log-probabilities in nats; see `LanguageModel.score`."""
    model.require_head("label scoring")
    scores, counts = Scoring(model, prompts, labels).run()
    if calibrate is not None:
        scores = scores - Scoring(model, [calibrate], labels).run()[0]
    return scores / counts if normalize else scores


class Scoring:
    """A pass over the prompts in batches."""

    def __init__(self, model: "LanguageModel", prompts: Sequence[Prompt | str], labels: Sequence[str]) -> None:
        if isinstance(labels, str) or not len(labels) or not all(labels):
            came = f"labels {labels!r:.60}"
            raise InputError(one_line(came, "a list of texts that are not empty", "pass the answers"))
        self.model = model
        room = max(len(ids) for ids in model.renderer.tokenize(labels)[0])
        encoded = model.renderer.encode(prompts, room=room)
        self.contexts: list[list[int]] = []
        self.suffixes: list[tuple[Suffix, ...]] = []
        for prompt in encoded:
            ids, _ = model.renderer.tokenize([prompt.text, *(prompt.text + label for label in labels)])
            shared = min(common_prefix([ids[0], full]) for full in ids[1:])
            context = prompt.ids[: len(prompt.ids) - (len(ids[0]) - shared)]
            if not context or any(len(full) == shared for full in ids[1:]):
                raise InputError(
                    one_line(f"{prompt.text[-60:]!r}", "labels that add a token", "change prompt or labels")
                )
            self.contexts.append(context)
            self.suffixes.append(tuple(tuple(full[shared:]) for full in ids[1:]))
        self.prompts = [replace(prompt, ids=ids) for prompt, ids in zip(encoded, self.contexts, strict=True)]
        self.beginning = Beginning(model, self.prompts, steps=self.steps)
        self.scores = np.zeros((len(encoded), len(labels)))

    @property
    def steps(self) -> int:
        """Tokens of the longest label behind any prompt."""
        return max(len(suffix) for row in self.suffixes for suffix in row)

    @property
    def beside(self) -> int:
        """Tokens each row keeps besides its own."""
        return self.beginning.shared + self.steps

    def batches(self) -> list[Rows]:
        """Rows to be run together."""
        return self.beginning.batches(self.beside, continued=True)

    def run(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Scores (n, K), and the number of tokens of every label behind every prompt."""
        with self.model.running():
            for rows in self.batches():
                run_halving(rows, self._score)
        return self.scores, np.array([[len(suffix) for suffix in row] for row in self.suffixes])

    def _score(self, rows: Rows) -> None:
        stream, final, lengths = self.beginning.feed(rows)
        self.finish(rows, stream, last_tokens(final, lengths))
        require_finite(self.model.anatomy, [self.scores[rows]], lambda: self.beginning.feed(rows))

    def finish(self, rows: Rows, stream: Stream, last: Tensor) -> None:
        """Score all labels of these rows behind their contexts, which `stream` holds and end in the states `last`."""
        firsts = [[suffix[0] for suffix in self.suffixes[row]] for row in rows]
        self.scores[rows] = self._log_probabilities(last, torch.tensor(firsts, device=self.model.device))
        self._score_rest(rows, stream)

    def _score_rest(self, rows: Rows, stream: Stream) -> None:
        """Add the tokens after the first, chunk by chunk of the beginnings that predict them."""
        trees = [_tree(self.suffixes[row]) for row in rows]
        whole = [(at, number) for at, tree in enumerate(trees) for number in range(len(tree.beginnings))]
        most = max(1, _CACHE_FACTOR * self.model.batch_tokens // stream.columns)
        for start in range(0, len(whole), most):
            chunk = whole[start : start + most]
            parts = [trees[at].beginnings[number] for at, number in chunk]
            device = self.model.device
            branch = stream.pick(torch.tensor([at for at, _ in chunk], device=device))
            final = branch.feed(pad_rows(parts, device), list(map(len, parts)))
            asked = [
                (row, rows[at], ask)
                for row, (at, number) in enumerate(chunk)
                for ask in trees[at].asks
                if ask.row == number
            ]
            states = final[[row for row, _, _ in asked], [ask.at for _, _, ask in asked]]
            targets = torch.tensor([[ask.target] for _, _, ask in asked], device=device)
            found = self._log_probabilities(states, targets)[:, 0]
            np.add.at(self.scores, ([prompt for _, prompt, _ in asked], [ask.label for _, _, ask in asked]), found)

    def _log_probabilities(self, final: Tensor, targets: Tensor) -> NDArray[np.float64]:
        """Log p of `targets` (rows, k) after the states `final` (rows, width)."""
        found = []
        for start in range(0, len(final), _POSITIONS):
            logits = self.model.anatomy.logits(final[start : start + _POSITIONS])
            rows = targets[start : start + _POSITIONS]
            found.append((logits.gather(-1, rows) - logits.logsumexp(-1, keepdim=True)).cpu().double().numpy())
        return np.concatenate(found)


def last_tokens(final: Tensor, lengths: Sequence[int]) -> Tensor:
    """States (rows, width) of the last token of each row of `final` (rows, tokens, width)."""
    return final[torch.arange(len(final)), torch.tensor(lengths) - 1]


@lru_cache(maxsize=64)
def _tree(suffixes: tuple[Suffix, ...]) -> _Tree:
    """The fewest beginnings that hold every label less its last token, and where in them each token is predicted."""
    heads = sorted({suffix[:-1] for suffix in suffixes if len(suffix) > 1}, key=lambda head: (-len(head), head))
    beginnings: list[Suffix] = []
    for head in heads:
        if not any(kept[: len(head)] == head for kept in beginnings):
            beginnings.append(head)
    asks = []
    for label, suffix in enumerate(suffixes):
        if len(suffix) > 1:
            row = next(at for at, kept in enumerate(beginnings) if kept[: len(suffix) - 1] == suffix[:-1])
            asks += [_Ask(label, row, at, target) for at, target in enumerate(suffix[1:])]
    return _Tree(tuple(beginnings), tuple(asks))
