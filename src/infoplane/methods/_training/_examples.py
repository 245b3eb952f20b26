"""Examples of a split as tensors, padded on the right: a batch is an index into them."""

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from infoplane.models import Renderer, pad_rows

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.tasks import Split, Task


@dataclass(frozen=True)
class Examples:
    """n examples of t tokens at most.

    ids, content  (n, t): token ids, and which of them belong to the text
    lengths       (n,): tokens of each      labels (n,): its class
    prompts       (n,): tokens before the answer; all of them, where no answer is said
    emits         (n, a): the tokens whose states say the answer: the last of the prompt, and those of the answer but
                  its last   emitting (n, a): which there are   targets (n, a): what they say
    types         (n, t): which text of a pair a token is of, for networks that are told
    """

    ids: Tensor
    content: Tensor
    lengths: Tensor
    labels: Tensor
    prompts: Tensor
    emits: Tensor
    emitting: Tensor
    targets: Tensor
    types: Tensor | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: "NDArray[np.int64] | Tensor") -> "Examples":
        """The examples at `rows`, no wider than the longest of them."""
        at = torch.as_tensor(rows, device=self.ids.device)
        width = int(self.lengths[at].max())
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        kept = {name: value[at] for name, value in values if value is not None}
        for name in ("ids", "content", "types"):
            if name in kept:
                kept[name] = kept[name][:, :width]
        return Examples(**kept)

    def to(self, device: Any) -> "Examples":
        """The same on `device`."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        return replace(self, **{name: value.to(device) for name, value in values if value is not None})


def class_examples(lm: "LanguageModel", split: "Split", max_length: int) -> Examples:
    """Texts, or pairs, as an encoder reads them: truncated from the longest, special tokens are not content."""
    read = lm.tokenizer(
        list(split.texts),
        None if split.pairs is None else list(split.pairs),
        truncation=True,
        max_length=min(max_length, lm.context),
        return_special_tokens_mask=True,
        return_attention_mask=False,
        verbose=False,
    )
    rows, special = read["input_ids"], read["special_tokens_mask"]
    content = [[not one for one in row] for row in special]
    types = read.get("token_type_ids") if "token_type_ids" in lm.tokenizer.model_input_names else None
    return _examples(lm, rows, content, split.labels, [len(row) for row in rows], [[]] * len(rows), types, first=True)


def prompt_examples(lm: "LanguageModel", task: "Task", split: "Split", max_length: int, *, answered: bool) -> Examples:
    """The task's prompts, with the answer behind them where it is `answered`; contents are cut where they are long."""
    renderer, room = shortened(lm, task, max_length), room_of(lm, task)
    encoded = renderer.encode([task.prompt(text, split.pair(row)) for row, text in enumerate(split.texts)], room=room)
    rows = [one.ids for one in encoded]
    answers: list[list[int]] = [[] for _ in encoded]
    if answered:
        texts, said = [one.text for one in encoded], [task.answers[label] for label in split.labels]
        plain, full = (renderer.tokenize(some)[0] for some in (texts, [*map("".join, zip(texts, said, strict=True))]))
        for row, (before, after) in enumerate(zip(plain, full, strict=True)):
            shared = _shared(before, after)
            rows[row] = rows[row][: len(rows[row]) + shared - len(before)]
            answers[row] = after[shared:]
    content = [np.isin(np.arange(len(one.ids)), one.content).tolist() for one in encoded]
    return _examples(lm, rows, content, split.labels, [len(row) for row in rows], answers, None, first=False)


def room_of(lm: "LanguageModel", task: "Task") -> int:
    """Tokens of the longest answer."""
    return max(len(ids) for ids in lm.renderer.tokenize(task.answers)[0])


def shortened(lm: "LanguageModel", task: "Task", max_length: int) -> Renderer:
    """Writes prompts of `max_length` tokens at most, with room for an answer behind them."""
    return Renderer(lm.tokenizer, min(lm.context, max_length + room_of(lm, task)), decoder=True)


def _shared(first: list[int], second: list[int]) -> int:
    """How many ids both begin with."""
    unequal = (at for at, (one, other) in enumerate(zip(first, second, strict=False)) if one != other)
    return next(unequal, min(len(first), len(second)))


def _examples(
    lm: "LanguageModel",
    rows: list[list[int]],
    content: list[list[bool]],
    labels: NDArray[np.int64],
    prompts: list[int],
    answers: list[list[int]],
    types: Any,
    *,
    first: bool,
) -> Examples:
    whole = [row + answer for row, answer in zip(rows, answers, strict=True)]
    lengths = torch.tensor([len(row) for row in whole])
    starts = torch.tensor(prompts)
    said = torch.tensor([max(1, len(answer)) for answer in answers])
    places = torch.arange(int(said.max()))
    cpu = torch.device("cpu")
    kept = [row[: len(ids)] + [False] * (len(ids) - len(row)) for row, ids in zip(content, whole, strict=True)]
    emits = torch.zeros(len(whole), 1, dtype=torch.long) if first else starts[:, None] - 1 + places
    emitting = places < said[:, None]
    return Examples(
        ids=pad_rows(whole, cpu, fill=lm.pad),
        content=pad_rows([[int(one) for one in row] for row in kept], cpu, fill=0).bool(),
        lengths=lengths,
        labels=torch.as_tensor(labels.copy()),
        prompts=starts,
        emits=torch.where(emitting, emits, 0),
        emitting=emitting,
        targets=pad_rows([answer or [0] for answer in answers], cpu, fill=0),
        types=None if types is None else pad_rows(types, cpu, fill=0),
    )
