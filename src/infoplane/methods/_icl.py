"""In-context learning: the retrieved examples with their labels stand in the prompt, the nearest next to the query."""

from typing import TYPE_CHECKING

from infoplane.measures import steps_needed
from infoplane.methods._method import Ask, Choices, Method
from infoplane.methods._once import once

if TYPE_CHECKING:
    from infoplane._prompt import Prompt
    from infoplane.methods._setting import Setting
    from infoplane.tasks import Split

# Fewest tokens of the context that are kept free for an answer.
_ROOM = 16


def _ask(setting: "Setting", queries: "Split", choices: Choices) -> Ask:  # noqa: ARG001 - the shape of every method
    neighbours = setting.nearest(queries)
    prompts = [
        fitting(setting, [answered(setting, near) for near in rows[::-1]], queries.texts[row], queries.pair(row))
        for row, rows in enumerate(neighbours.rows)
    ]
    return Ask(tuple(prompts), neighbours=neighbours)


def answered(setting: "Setting", row: int) -> tuple[str, ...]:
    """An example of the pool as the task's few-shot prompt takes it."""
    pool, label = setting.pool, setting.task.labels[setting.pool.labels[row]]
    pair = pool.pair(row)
    return (pool.texts[row], label) if pair is None else (pool.texts[row], pair, label)


def fitting(setting: "Setting", examples: list[tuple[str, ...]], text: str, pair: str | None) -> "Prompt":
    """The prompt with as many of `examples` as the context holds; the farthest are left out first."""
    renderer, most = setting.lm.renderer, setting.lm.renderer.context - _room(setting)
    for first in range(len(examples)):
        prompt = setting.task.few_shot_prompt(examples[first:], text, pair)
        if len(renderer.tokenize([renderer.render(prompt)])[0][0]) <= most:
            return prompt
    return setting.task.prompt(text, pair)


@once
def _room(setting: "Setting") -> int:
    """Tokens that are kept free for an answer: those of the longest label, scored or generated."""
    longest = max(len(ids) for ids in setting.lm.renderer.tokenize(setting.task.answers)[0])
    return max(_ROOM, longest, steps_needed(setting.lm, setting.task))


ICL = Method("icl", "The retrieved examples, with their labels, in the prompt.", _ask, rivals=("prompt",))
