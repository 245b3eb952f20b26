"""How long reading and estimating take here, from short trials that were run once before they are timed."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from infoplane.estimators import linear_information, read_labels, read_stacked
from infoplane.measures._numbers import Options
from infoplane.models import Select

if TYPE_CHECKING:
    from infoplane._prompt import Prompt
    from infoplane.models import LanguageModel
    from infoplane.tasks import Task

_PROMPTS = 48
_FEW = 4


def seconds_of_reading(lm: "LanguageModel", task: "Task", contrasts: int, contexts: int, steps: int) -> float:
    """Seconds to read both splits, the prompts of the task space, and for a decoder to score and to answer.

    One pass over some prompts gives the seconds a token; the tokens of all passes follow from their mean length: what a
    label's contrast prompts say before the text is read once for all of them.
    """
    prompts = some_prompts(task)
    length = float(np.mean([len(encoded.ids) for encoded in lm.renderer.encode(prompts)]))
    examples = {split: len(task.splits[split]) for split in ("measure", "tune")}
    tokens = (sum(examples.values()) + contexts + contrasts) * length
    if lm.answers:
        answers = lm.tokenizer(list(task.answers), add_special_tokens=False)["input_ids"]
        tokens += examples["measure"] * (2 * length + steps + sum(map(len, answers)))
    select = Select(tokens="content", reduce="mean")
    lm.read(prompts[:_FEW], select)
    return tokens * timed(lambda: lm.read(prompts, select)) / (len(prompts) * length)


def seconds_of_cells(task: "Task", width: int, options: Options) -> Mapping[str, float]:
    """Seconds on one core for a layer of one state (`plane`), for a space of few labels, for a step of a layer."""
    labels = np.asarray(task.splits["measure"].labels)
    noise = np.random.default_rng(0).standard_normal((2, len(labels), width))

    def read(columns: int, permutations: int) -> float:
        return timed(lambda: read_labels(noise[0][:, :columns], labels, permutations=permutations))

    def pool(permutations: int) -> float:
        return timed(lambda: read_stacked(noise[0], labels, permutations=permutations))

    def keep(permutations: int) -> float:
        return timed(lambda: linear_information(noise[0], noise[1], permutations=permutations))

    with threadpool_limits(1):
        read(1, 1)
        keep(1)
        draws = options.step_permutations
        return {
            "plane": pool(options.permutations) + keep(options.permutations),
            "spaces": read(min(2, width), draws),
            "steps": 2 * read(width, draws) + keep(draws),
        }


def some_prompts(task: "Task") -> list["Prompt"]:
    """Prompts from all over the measure split."""
    split = task.splits["measure"]
    rows = np.unique(np.linspace(0, len(split) - 1, _PROMPTS).round().astype(int)).tolist()
    return [task.prompt(split.texts[row], split.pair(row)) for row in rows]


def timed(trial: Callable[[], object]) -> float:
    """Wall seconds of `trial`."""
    start = time.perf_counter()
    trial()
    return time.perf_counter() - start
