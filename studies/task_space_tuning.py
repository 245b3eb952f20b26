"""The fine-tuning and TS-FT rows of the task-space paper's Table 3, for any decoder and task.

    python studies/task_space_tuning.py --model DIR --task DIR --exclude labelled_conversations.json --out runs/tsft

Prints the rows beside the paper's (Yang et al., arXiv 2501.00999) and keeps them as OUT/table.md: medians over seeds of
accuracy and macro-F1, gains over fine-tuning paired by seed and by item, and how many configurations each row is the
best of. Directions are centroids of plain states unless `--directions mean` asks for the paper's contrasts. Epochs and
weights are chosen on held-out training examples, the test split is read once. The same command continues a run that was
stopped.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from paper_markdown import markdown
from paper_numbers import TABLE_3

from infoplane._errors import InfoplaneError
from infoplane.methods import Recipe, Result, finetune, holm, item_difference, seed_difference
from infoplane.models import LanguageModel, load_model
from infoplane.objectives import CrossEntropy, Objective, TaskSpaceMSE
from infoplane.runs import write_atomic
from infoplane.spaces import TaskSpace
from infoplane.tasks import Task, load_task

WEIGHTS = (0.1, 1.0)
RATES = (5e-4, 2e-4)
PLAIN = "fine-tune"
Results = dict[int, Result]
Directions = Literal["centroid", "mean", "paper", "pca"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks for; exit code 2 and one line for bad input."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="a decoder: hub name or folder")
    parser.add_argument("--task", required=True, help="name, folder or file")
    parser.add_argument("--exclude", type=Path, help="file of ids the model has seen with their labels")
    parser.add_argument("--out", type=Path, required=True, help="directory; the same command continues there")
    parser.add_argument("--examples", type=int, default=1000, help="training examples (default %(default)s)")
    parser.add_argument("--test", type=int, default=1000, help="test examples at most (default %(default)s)")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--directions", choices=get_args(Directions), default="centroid")
    parser.add_argument("--device", default="auto", help="torch device")
    asked = parser.parse_args(arguments)
    try:
        lm = load_model(asked.model, device=asked.device)
        task = load_task(asked.task, exclude=asked.exclude)
        sizes = {"direction": asked.examples, "measure": 1000, "tune": 300, "test": asked.test}
        cut = {name: split.stratified(sizes.get(name, len(split))) for name, split in task.splits.items()}
        task = replace(task, splits=cut)
        recipe = Recipe(epochs=asked.epochs, batch_size=16)
        text = study(lm, task, asked.out, recipe, seeds=asked.seeds, directions=asked.directions)
        write_atomic(asked.out / "table.md", text)
        print(text)
    except InfoplaneError as error:
        parser.exit(2, f"task_space_tuning: {error}\n")


def study(lm: LanguageModel, task: Task, out: Path, recipe: Recipe, *, seeds: int, directions: Directions) -> str:
    """Train everything that is not there yet; both tables as Markdown."""
    folder = out / "space"
    if not (folder / "space.json").is_file():
        TaskSpace.build(lm, task, method=directions, contexts=max(4, len(task.pool) // len(task.labels))).save(folder)
    space = TaskSpace.load(folder)
    plain = [
        _trained(lm, task, out, CrossEntropy(), replace(recipe, learning_rate=rate), space, seeds) for rate in RATES
    ]
    pulled = [_trained(lm, task, out, TaskSpaceMSE(weight), recipe, space, seeds) for weight in WEIGHTS]
    metric = task.metrics[0]
    rows = {PLAIN: _best(plain, metric), "TS-FT": _best(pulled, metric)}
    rows |= {f"TS-FT, weight {weight:g}": one for weight, one in zip(WEIGHTS, pulled, strict=True)}
    tried = {PLAIN: len(plain), "TS-FT": len(pulled)}
    return f"{_scores(rows, tried)}\n\n{_gains(rows, task)}\n"


def _trained(
    lm: LanguageModel, task: Task, out: Path, goal: Objective, recipe: Recipe, space: TaskSpace, seeds: int
) -> Results:
    """What came of one configuration, by seed."""
    name = f"{goal.name}.{goal.weight:g}.{recipe.rate(small=lm.small):g}"
    return {
        seed: Result.read(
            finetune(
                *(lm, task),
                objective=goal,
                out=out / "runs" / f"{name}.{seed}",
                recipe=recipe,
                space=space if isinstance(goal, TaskSpaceMSE) else None,
                seed=seed,
                trackers=(),
            )
        )
        for seed in range(seeds)
    }


def _best(configurations: Sequence[Results], metric: str) -> Results:
    """The configuration with the highest median on the held-out examples; the first of equals."""
    return max(configurations, key=lambda runs: np.median([float(run.held[metric]) for run in runs.values()]))


def _scores(rows: dict[str, Results], tried: dict[str, int]) -> str:
    lines = []
    for name, runs in rows.items():
        published = TABLE_3.get(name)
        cells = [_range(runs, "accuracy"), "", _range(runs, "macro_f1"), ""]
        if published is not None:
            cells[1::2] = f"{published.accuracy:.2f}", f"{published.macro_f1:.2f}"
        lines.append([name, *cells, str(tried.get(name, 1))])
    head = ("method", "accuracy, median over seeds", "paper", "macro-F1", "paper", "best of configurations")
    return markdown(head, lines)


def _range(runs: Results, metric: str) -> str:
    values = 100 * np.array([float(run.test[metric]) for run in runs.values()])
    return f"{np.median(values):.1f} [{values.min():.1f}, {values.max():.1f}]"


def _gains(rows: dict[str, Results], task: Task) -> str:
    """What every row gains over fine-tuning, paired by seed and by item."""
    groups, base = task.splits["test"].groups, list(rows[PLAIN].values())
    others = {name: list(runs.values()) for name, runs in rows.items() if name != PLAIN}
    items = {
        name: item_difference([one.right for one in runs], [one.right for one in base], groups)
        for name, runs in others.items()
    }
    corrected = dict(zip(items, holm([one.p_value or 1.0 for one in items.values()]), strict=True))
    lines = []
    for name, runs in others.items():
        seeds = seed_difference([one.test["accuracy"] for one in runs], [one.test["accuracy"] for one in base])
        told = [
            f"{100 * one.value:+.2f} [{100 * (one.low or 0):+.2f}, {100 * (one.high or 0):+.2f}]"
            for one in (seeds, items[name])
        ]
        lines.append([name, *told, f"{corrected[name]:.2g}"])
    head = (f"gain over {PLAIN}, points of accuracy", "by seed", "by item", f"p by item, Holm over {len(items)}")
    return markdown(head, lines)


if __name__ == "__main__":
    main()
