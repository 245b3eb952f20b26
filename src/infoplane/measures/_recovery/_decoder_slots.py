"""What a decoder is asked: which word stands at which place of which text."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from infoplane._errors import InputError, one_line

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Asked:
    """Slots: `rows` (m,) of their states, `places` (m,) in the text, `targets` (m,) codes of their types."""

    rows: Ints
    places: Ints
    targets: Ints

    def checked(self, name: str, states: int | None, places: int, types: int) -> Self:
        """These slots. Raises InputError for none, and for rows, places or targets that do not exist."""
        lengths = {len(self.rows), len(self.places), len(self.targets)}
        if len(lengths) > 1 or not len(self.targets):
            came = f"{name} with {len(self.rows)} rows, {len(self.places)} places and {len(self.targets)} targets"
            raise InputError(one_line(came, "one of each for every slot, and a slot at least", "give them together"))
        bounds = (("rows", states, "the states"), ("places", places, "places"), ("targets", types, "types"))
        for field, size, of in bounds:
            codes = np.asarray(getattr(self, field))
            if size is None:
                continue
            if codes.dtype.kind not in "iu" or codes.min() < 0 or codes.max() >= size:
                came = f"{name}.{field} of type {codes.dtype} from {codes.min()} to {codes.max()}"
                raise InputError(one_line(came, f"integers from 0 to {size - 1}", f"raise {of} or leave these out"))
        return self


@dataclass(frozen=True, eq=False)
class Slots:
    """Slots text by text: those of text i, whose state is row `texts[i]`, are ends[i]:ends[i + 1]."""

    texts: Ints
    ends: Tensor
    places: Tensor
    targets: Tensor

    @classmethod
    def of(cls, asked: Asked) -> Self:
        """The slots of `asked`, in the order of their texts."""
        order = np.argsort(asked.rows, kind="stable")
        texts, counts = np.unique(asked.rows, return_counts=True)
        ends = torch.from_numpy(np.concatenate([[0], counts.cumsum()]))
        given = (asked.places, asked.targets)
        places, targets = (torch.from_numpy(np.asarray(codes, np.int64)[order]) for codes in given)
        return cls(texts, ends, places, targets)

    def __len__(self) -> int:
        return len(self.targets)

    def take(self, texts: Tensor) -> Self:
        """The slots of these texts, by number, in this order."""
        sizes = self.ends[texts + 1] - self.ends[texts]
        ends = torch.cat([sizes.new_zeros(1), sizes.cumsum(0)])
        at = torch.arange(int(ends[-1])) + torch.repeat_interleave(self.ends[texts] - ends[:-1], sizes)
        return type(self)(self.texts[texts.numpy()], ends, self.places[at], self.targets[at])

    def part(self, start: int, stop: int) -> tuple[Tensor, slice]:
        """Slots of texts start:stop: the text of each, counted from `start`, and where they stand."""
        where = slice(int(self.ends[start]), int(self.ends[stop]))
        sizes = self.ends[start + 1 : stop + 1] - self.ends[start:stop]
        return torch.repeat_interleave(torch.arange(len(sizes)), sizes), where
