"""Prompts that run under a plan in our own loops: which of their tokens are edited, whatever rows run together."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from infoplane._errors import InputError, one_line
from infoplane.models._places import edited_tokens, place_in_rows
from infoplane.models._render import Encoded

if TYPE_CHECKING:
    from infoplane.models._steer import Steering


class Aim:
    """The `prompts`, in their order, of which `steps` will run under `steering`.

    Raises InputError where the plan is for another number of prompts, or names a step or token that never comes.
    """

    def __init__(self, steering: "Steering", prompts: Sequence[Encoded], *, steps: int) -> None:
        plan = steering.plan
        if plan.rows not in (None, len(prompts)):
            came = f"a plan of {plan.rows} rows for {len(prompts)} prompts"
            raise InputError(one_line(came, "one row a prompt", "use plan.take(rows), or plan these prompts"))
        for edit in plan.edits:
            if edit.select.steps != "all":
                edit.select.resolve_steps(steps)
        self._steering = steering
        self._sizes = [len(prompt.ids) for prompt in prompts]
        self._edited = [[edited_tokens(edit.select, prompt) for prompt in prompts] for edit in plan.edits]

    @property
    def firsts(self) -> list[int]:
        """The first edited token of each prompt; its length where none is."""
        return [
            min((int(chosen[0]) for chosen in edited if len(chosen)), default=size)
            for edited, size in zip(zip(*self._edited, strict=True), self._sizes, strict=True)
        ]

    def at(
        self, rows: Sequence[int], starts: Sequence[int], lengths: Sequence[int], width: int
    ) -> AbstractContextManager[None]:
        """The forward inside is of prompts `rows`: tokens from `starts`, `lengths` of them, padded to `width`.

        Without rows it is of what all prompts begin with, which is never edited.
        """
        if not rows:
            return self._steering.plainly()
        device, sizes = self._steering.model.device, [self._sizes[row] for row in rows]
        places = [
            place_in_rows(edit.select, [edited[row] for row in rows], sizes, starts, lengths, width, device)
            for edit, edited in zip(self._steering.plan.edits, self._edited, strict=True)
        ]
        return self._steering.placed(rows, places)
