"""The two tables of the CMI paper with small networks: min-CMI fine-tuning, and what max-CMI teachers hand down.

    python studies/conditional_information.py --model DIR --data DIR --out runs/cmi

`--model` is a pretrained encoder, a folder or a hub name (bert-base-uncased); `--data` a folder with the tasks'
official files, or "hub". Prints both tables beside the paper's numbers (Sivakaran and Yang) and keeps them as
OUT/tables.md. Every method has the same examples, steps and seeds, and its number of configurations beside it; epochs
and configurations are chosen on held-out training examples, the dev set is read once. The same command continues a run
that was stopped.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cmi_students import Students
from cmi_tables import table_1, table_2

from infoplane._errors import InfoplaneError, InputError, one_line
from infoplane.methods import Recipe, sweep
from infoplane.models import load_model
from infoplane.runs import write_atomic
from infoplane.tasks import Task, load_task

# Two configurations each for what is compared, one for the other baselines.
GRIDS: dict[str, dict[str, list[Any]]] = {
    "cross-entropy": {"learning_rate": [5e-4, 2e-4]},
    "min-cmi": {"weight": [0.2, 1.0]},
    "label-smoothing": {},
    "confidence-penalty": {},
    "centre": {},
    "supervised-contrastive": {},
    "r-drop": {},
    "max-cmi": {"weight": [0.05, 0.2]},
}
SHORT = ("cross-entropy", "min-cmi", "max-cmi")  # of pairs of sentences, which take three times as long
PAIRS = ("MRPC", "RTE", "WNLI")
EXAMPLES = {"CoLA": 480, "SST-2": 480, "empathetic_dialogues": 480, "MRPC": 240, "RTE": 240, "WNLI": 240}
HELD, TEST = 240, 1000


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks for; exit code 2 and one line for bad input."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="a pretrained encoder: hub name or folder")
    parser.add_argument("--data", required=True, help="folder of glue/ and empathetic_dialogues/, or hub")
    parser.add_argument("--out", type=Path, required=True, help="directory; the same command continues there")
    parser.add_argument("--tasks", default=",".join(EXAMPLES), help="some of %(default)s")
    parser.add_argument("--objectives", help=f"some of {','.join(GRIDS)} (default: all, three of pairs)")
    parser.add_argument("--normalisation", default="paper", help="of the two CMI objectives: paper or empirical")
    parser.add_argument("--examples", type=int, help="training examples of each task (default: 240 of pairs, 480)")
    parser.add_argument("--epochs", type=int, default=3, help="of teachers and students (default %(default)s)")
    parser.add_argument("--max-length", type=int, default=64, help="tokens of an example (default %(default)s)")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--device", default="auto", help="torch device")
    asked = parser.parse_args(arguments)
    try:
        lm = load_model(asked.model, device=asked.device)
        recipe = Recipe(epochs=asked.epochs, batch_size=16, max_length=asked.max_length)
        shared: dict[str, Any] = {"recipe": recipe, "seeds": asked.seeds, "train_on": ("direction", "measure")}
        swept, taught = [], []
        for group, named in groups(asked.tasks.split(",")).items():
            grids = chosen(named, asked.objectives, asked.normalisation)
            tasks = [part(asked.data, name, asked.examples or EXAMPLES[name]) for name in group]
            place = asked.out / "-".join(group)
            first = sweep(lm, tasks, objectives=grids, out=place, workers=asked.workers, **shared)
            swept.append(first)
            taught += [
                Students(lm, task, first, asked.out / "students", recipe, asked.seeds).taught() for task in tasks
            ]
        text = f"{table_1(swept)}\n\n{table_2(taught)}\n"
        write_atomic(asked.out / "tables.md", text)
        print(text)
    except InfoplaneError as error:
        parser.exit(2, f"conditional_information: {error}\n")


def groups(names: Sequence[str]) -> dict[tuple[str, ...], dict[str, Any]]:
    """The tasks that are swept together, and what they are swept over."""
    short = {name: grid for name, grid in GRIDS.items() if name in SHORT}
    single, pairs = (tuple(name for name in names if (name in PAIRS) is paired) for paired in (False, True))
    return {group: grids for group, grids in ((single, GRIDS), (pairs, short)) if group}


def chosen(grids: dict[str, Any], objectives: str | None, normalisation: str) -> dict[str, Any]:
    """The grids of the objectives asked for, the CMI of a batch in this normalisation."""
    names = grids if objectives is None else objectives.split(",")
    if unknown := [name for name in names if name not in GRIDS]:
        raise InputError(one_line(f"objective {unknown[0]}", f"some of {', '.join(GRIDS)}", "use one of these"))
    of_cmi = {"normalisation": [normalisation]}
    return {name: GRIDS[name] | (of_cmi if name.endswith("-cmi") else {}) for name in names}


def part(data: str, name: str, examples: int) -> Task:
    """The task with so many training examples, 240 held out and at most 1000 for the test, labels in proportion."""
    inside = name if name == "empathetic_dialogues" else f"glue/{name}"
    task = load_task(inside.lower().replace("-", "") if data == "hub" else str(Path(data) / inside))
    sizes = {"direction": examples // 2, "measure": examples - examples // 2, "tune": HELD, "test": TEST}
    return replace(task, splits={name: task.splits[name].stratified(count) for name, count in sizes.items()})


if __name__ == "__main__":
    main()
