"""Where a dose is measured: where the answer begins, or at the positions of later steps in free generation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane._prompt import Prompt
from infoplane.spaces._manner import Manner

if TYPE_CHECKING:
    from infoplane.models import Generation, LanguageModel


@dataclass(frozen=True, slots=True)
class Position:
    """Prompts that end where a next token is looked at, which `rows` of all they are, how they are steered there."""

    prompts: list[Prompt]
    rows: NDArray[np.int64]
    how: Manner


def dose_positions(lm: "LanguageModel", prompts: Sequence[Prompt], how: Manner) -> list[Position]:
    """The positions that `how.steps` names: the end of the prompts for "all" and for steps 0 and 1; for a step t >= 2
    the end of what the plain model has said until then, for prompts it is still answering, that position alone steered.

    Raises InputError where fewer than two answers are that long.
    """
    if how.steps == "all":
        return [Position(list(prompts), np.arange(len(prompts)), how)]
    steps = how.select().resolve_steps(lm.context)
    first = ",".join(str(step) for step in steps if step < 2)
    found = [Position(list(prompts), np.arange(len(prompts)), replace(how, steps=first))] if first else []
    later = [step for step in steps if step >= 2]
    answers = lm.generate(prompts, max_new_tokens=max(later)) if later else None
    for step in later:
        continued = {} if answers is None else _continued(lm, prompts, answers, step)
        if len(continued) < 2:
            came = f"step {step}, which {len(continued)} of {len(prompts)} answers reach"
            raise InputError(one_line(came, "two or more", "choose earlier steps, or steer by a coefficient"))
        here = replace(how, tokens="last", steps="all")
        found.append(Position(list(continued.values()), np.array(list(continued)), here))
    return found


def _continued(lm: "LanguageModel", prompts: Sequence[Prompt], answers: "Generation", step: int) -> dict[int, Prompt]:
    """By row, prompts with what was said before `step` behind them; only such as read back token by token."""
    running = [row for row, tokens in enumerate(answers.tokens) if len(tokens) >= step]
    if not running:
        return {}
    further = [_behind(prompts[row], "".join(answers.pieces[row][: step - 1]), lm.renderer.chat) for row in running]
    before, after = (lm.renderer.encode(some) for some in ([prompts[row] for row in running], further))
    return {
        row: prompt
        for row, prompt, was, now in zip(running, further, before, after, strict=True)
        if now.ids == was.ids + answers.tokens[row][: step - 1]
    }


def _behind(prompt: Prompt, said: str, chat: bool) -> Prompt:
    """The prompt with `said` behind it."""
    if prompt.prefix or chat:
        return replace(prompt, prefix=prompt.prefix + said)
    return replace(prompt, text=prompt.text + said, content=prompt.content or (0, len(prompt.text)))
