"""Where a forward stands that is not of our loops: read off its cache, its mask and its positions.

A forward without a cache, or with an empty one, is the prompt, and every token fed behind that cache emits the next
one; with the cache cropped by the prompt's last token, that token again. Where neither this forward is given a cache
nor the last one kept one, the last prompt again, one token longer than the last forward, is generation without a cache.
What cannot be told is refused, as an edit in the wrong place would be noticed by nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from transformers import Cache

from infoplane._errors import InputError, ModelError, one_line
from infoplane.models._places import EVERY, Place, emits, place_by_position
from infoplane.models._plan import Plan


@dataclass(frozen=True, eq=False)
class _Prompt:
    """Ids or embeddings (rows, columns, ...), tokens of every row (rows,), position in the last column (rows, 1)."""

    ids: Tensor
    sizes: Tensor
    last: Tensor


class Foreign:
    """Follows the forwards of whoever runs the network under a plan; only one that `answers` goes on after a prompt."""

    def __init__(self, plan: Plan, *, answers: bool) -> None:
        self._plan, self._answers = plan, answers
        self._prompts: WeakKeyDictionary[Cache, _Prompt] = WeakKeyDictionary()
        self._prompt: _Prompt | None = None
        self._width = 0
        self._given: Cache | None = None
        self._kept = False
        self._padding: Tensor | None = None
        self._largest: Tensor | None = None

    def follow(self, passed: Mapping[str, Any]) -> tuple[list[int], list[Place]]:
        """The plan's rows that the coming forward, with these arguments, is of, and the place of every edit in it.

        Raises InputError for a batch that the plan is not for and for a forward that cannot be placed.
        """
        ids: Tensor = passed["inputs_embeds"] if passed.get("input_ids") is None else passed["input_ids"]
        cache = passed.get("past_key_values")
        past = 0 if cache is None else int(cache.get_seq_length())
        self._given = cache
        if past:
            self._padding = None
            return self._rows(ids), self._behind(cache, past, ids)
        rows, positions = self._rows(ids), _positions(passed, ids)
        prompt = self._prompt
        if prompt is None or not self._goes_on(prompt.ids, ids):
            self._require_repeats(ids)
            self._prompt = prompt = _Prompt(ids, positions.amax(1) + 1, positions[:, -1:])
        self._width, self._padding = ids.shape[1], positions < 0
        return rows, [place_by_position(edit.select, positions, prompt.sizes) for edit in self._plan.edits]

    def ran(self, output: Any) -> None:
        """Look at what that forward gave: a cache that holds the prompt now, and whether its states are finite."""
        parts = output if isinstance(output, tuple) else output.to_tuple()
        caches = [part for part in (self._given, *parts) if isinstance(part, Cache)]
        self._given, self._kept = None, bool(caches)
        sizes = parts[0].detach().abs().amax(-1)
        if self._padding is not None and self._prompt is not None:
            sizes = sizes.masked_fill(self._padding, 0)
            self._prompts.update(dict.fromkeys(caches, self._prompt))
        largest = sizes.amax()
        self._largest = largest if self._largest is None else torch.maximum(self._largest, largest)

    def require_finite(self) -> None:
        """Raise ModelError where a state was not finite in any forward so far."""
        if self._largest is not None and not self._largest.isfinite():
            came = "states that are not finite in a steered forward of the network"
            raise ModelError(one_line(came, "numbers", "steer less, or load the model with dtype float32"))

    def _rows(self, ids: Tensor) -> list[int]:
        planned = self._plan.rows
        if planned is None:
            return [0] * len(ids)
        if len(ids) % planned:
            came = f"a plan of {planned} rows for a batch of {len(ids)}"
            raise InputError(one_line(came, "one row a prompt", "use plan.take(rows), or plan these prompts"))
        return [row // (len(ids) // planned) for row in range(len(ids))]

    def _require_repeats(self, ids: Tensor) -> None:
        """More rows than the plan has are beams or samples of its rows, so that those of one row are alike."""
        if self._plan.rows is None or self._plan.rows == len(ids):
            return
        grouped = ids.reshape(self._plan.rows, -1, *ids.shape[1:])
        if not bool((grouped == grouped[:, :1]).all()):
            came = f"a plan of {self._plan.rows} rows for {len(ids)} prompts"
            raise InputError(one_line(came, "one row a prompt", "use plan.take(rows), or plan these prompts"))

    def _goes_on(self, prompt: Tensor, ids: Tensor) -> bool:
        """Whether `ids`, without a cache, are `prompt` and an answer one token longer than in the last forward."""
        rows, width = prompt.shape[:2]
        if not self._answers or self._kept or self._given is not None:
            return False
        if ids.shape[:2] != (rows, self._width + 1) or ids.shape[2:] != prompt.shape[2:]:
            return False
        return torch.equal(ids[:, :width], prompt)

    def _behind(self, cache: Cache, past: int, ids: Tensor) -> list[Place]:
        prompt = self._prompts.get(cache)
        rows, width = (0, 0) if prompt is None else prompt.ids.shape[:2]
        step = past - width + 2
        came = f"{ids.shape[1]} tokens of {len(ids)} rows behind a cache of {rows} steered rows"
        if prompt is not None and ids.shape[:2] == (rows, 1):
            if step >= 2:
                return [EVERY if emits(edit.select, step) else None for edit in self._plan.edits]
            if step == 1 and bool((prompt.last >= 0).all()):
                return [place_by_position(edit.select, prompt.last, prompt.sizes) for edit in self._plan.edits]
            came = f"a token behind a cache of {past} columns of a prompt of {width}"
        raise InputError(one_line(came, "the whole prompt at once, then token by token", "run both in lm.steer"))


def _positions(passed: Mapping[str, Any], ids: Tensor) -> Tensor:
    """Where every token (rows, columns) of a prompt stands in its row; padding is negative.

    A mask that is not one of tokens, as of static caches, says nothing: then padding is on the left, before position 0.
    """
    rows, width = ids.shape[:2]
    mask, numbered = passed.get("attention_mask"), passed.get("position_ids")
    columns = torch.arange(width, device=ids.device).expand(rows, -1)
    if mask is None:
        return columns
    if isinstance(mask, Tensor) and mask.ndim == 2:
        visible = mask.bool()
        return (visible.cumsum(1) - 1).where(visible, -1)
    if numbered is None:
        came = "an attention mask that is not (rows, tokens)"
        raise InputError(one_line(came, "one of tokens", "pass it, or position_ids beside it"))
    last: Tensor = numbered[:, -1:]
    return columns - (width - 1) + last
