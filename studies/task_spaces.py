"""The task-space paper's Table 2, and the prompt, ICL and IC-ICL rows of its Table 3, for any decoder and task.

    python studies/task_spaces.py --model embedded --task embedded --out runs/tables --max-examples 128
    python studies/task_spaces.py --model M --task DIR --exclude labelled_conversations.json --out runs/tables

Prints both tables beside the paper's own numbers (Yang et al., arXiv 2501.00999), with 95 % intervals, controls and a
verdict on every claim, and keeps them as OUT/tables.md, Table 2 as OUT/table_2.svg and every number in
OUT/ledger.jsonl. The same command continues a run that was stopped. Rows that are told the gold label are oracles: they
show what the vectors do, no method could use them. The paper says neither how strong its vectors are nor at which
layers they are added, so Table 2 is made twice: with the directions and the band of layers that serve best on the tune
split, at the strength that spends `--dose` nats there, and literally, a contrast vector of its natural size at every
layer.
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from answer_form import find_form
from key_step_table import PLAIN, Answers, Condition, conditions, table_rows
from method_times import times_row
from paper_claims import claims_2, claims_3
from paper_figure import figure_2
from paper_markdown import claims_table, controls_table, steps_table, table_2, table_3, tried_table
from steering_strength import DIRECTIONS, Strength, choose, literal

from infoplane._errors import InfoplaneError
from infoplane.methods import compare
from infoplane.models import LanguageModel, load_model
from infoplane.runs import Run, write_atomic
from infoplane.spaces import TaskSpace
from infoplane.tasks import Task, load_task

METHODS = ("prompt", "icl", "knn-vote", "ic-icl")
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks for; exit code 2 and one line for bad input."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="hub name, folder, or embedded")
    parser.add_argument("--task", required=True, help="name, folder or file, or embedded")
    parser.add_argument("--exclude", type=Path, help="file of ids the model has seen with their labels")
    parser.add_argument("--out", type=Path, required=True, help="run directory; the same command continues there")
    parser.add_argument("--max-examples", type=int, default=1000, help="of the test split (default %(default)s)")
    parser.add_argument("--dose", type=float, default=1.0, help="nats that adding spends (default %(default)s)")
    parser.add_argument("--device", default="auto", help="torch device")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    try:
        lm = load_model(asked.model, device=asked.device)
        task = load_task(asked.task, exclude=asked.exclude, seed=asked.seed)
        print(study(lm, task, asked.out, examples=asked.max_examples, dose=asked.dose, seed=asked.seed))
    except InfoplaneError as error:
        parser.exit(2, f"task_spaces: {error}\n")


def study(lm: LanguageModel, task: Task, out: Path, *, examples: int = 1000, dose: float = 1.0, seed: int = 0) -> str:
    """Both tables as Markdown; in `out` also as `tables.md`, beside the ledger and what can be continued."""
    items = task.splits["test"].stratified(examples, seed)
    config = {"model": lm.name, "model_fingerprint": lm.fingerprint, "task": task.name, "max_examples": examples}
    config |= {"task_fingerprint": task.fingerprint, "dose": dose, "seed": seed}
    with Run.open(out, config) as run:
        compared = compare(lm, task, out=out / "table_3", methods=METHODS, max_examples=examples, seed=seed)
        run.ledger.append([*compared.ledger.rows(), times_row(compared, "ic-icl", "icl")])
        spaces = _spaces(lm, task, compared.artifacts / "space", run, seed)
        strengths = _dosed(lm, task, spaces, run, dose, seed), literal(spaces["contrast"])
        answers = Answers(lm, task, items, find_form(lm, task, seed=seed), spaces, run)
        for condition in (None, *conditions(strengths)):
            print(f"table 2: {condition.name if condition else PLAIN}", flush=True)
            answers.collect(condition)
        _keep(run, answers, conditions(strengths), seed)
        said = _page(run, strengths, answers)
        of_2 = [row for row in run.ledger.rows() if row["measure"] == "table_2"]
        write_atomic(run.path / "table_2.svg", figure_2(of_2, dose, Path(lm.name).name))
        write_atomic(run.path / "tables.md", said)
        run.finish()
        return said


def _spaces(lm: LanguageModel, task: Task, built: Path, run: Run, seed: int) -> dict[str, TaskSpace]:
    """Both kinds of directions: contrasts, which the comparison has `built`, and centroids, built once and kept."""
    folder = run.artifacts / "centroid"
    if not (folder / "space.json").is_file():
        TaskSpace.build(lm, task, method="centroid", seed=seed).save(folder)
    return dict(zip(DIRECTIONS, map(TaskSpace.load, (built, folder)), strict=True))


def _dosed(lm: LanguageModel, task: Task, spaces: dict[str, TaskSpace], run: Run, dose: float, seed: int) -> Strength:
    """The directions, band and coefficient of `dose` nats, chosen once; what was tried stands in run.json."""
    if "strength" not in run.facts:
        chosen, tried = choose(lm, task, spaces, dose, seed)
        run.note(strength=asdict(chosen), tried=tried)
    return Strength(**run.facts["strength"])


def _keep(run: Run, answers: Answers, asked: Sequence[Condition], seed: int) -> None:
    """The numbers of Table 2 into the ledger."""
    common = {"measure": "table_2", "model": answers.lm.name, "task": answers.task.name, "split": "test", "seed": seed}
    run.ledger.append([{**common, **where, **found.as_dict()} for where, found in table_rows(answers, asked, seed)])


def _page(run: Run, strengths: Sequence[Strength], answers: Answers) -> str:
    """All tables, with what has to be known to read them."""
    rows, form, (dosed, every) = run.ledger.rows(), answers.form, strengths
    of_2 = [row for row in rows if row["measure"] == "table_2"]
    of_3 = [row for row in rows if row["measure"] == "compare"]
    claims = [*claims_2(of_2, dosed.dose), *claims_3(of_3)]
    whose = "is forced as the end of the prompt" if form.forced else "is written by the model itself"
    return f"""\
# Tables 2 and 3 of the task-space paper: {Path(answers.lm.name).name} on {answers.task.name}

{len(answers.items)} examples of the test split, {len(answers.task.labels)} labels; controls and the literal form on
every second one. Per cent, with 95 % intervals over whole groups; "paper" is Llama-3.1-8B on EmpatheticDialogues (arXiv
2501.00999).

## Steps

The form `{form.prefix}` {whose} ({100 * form.written:.0f} % of the answers have it when it is left to the model).

{steps_table(form)}

## Table 2: the gold label's vector (oracle)

Dose in nats: {dosed.dose:g}. Directions and layers are those that served best on the tune split, {dosed.directions} at
{dosed.layers}:

{tried_table(run.facts["tried"])}

{table_2(of_2, dosed.dose)}

Accuracy beside controls of the same strength:

{controls_table(of_2, dosed.dose)}

Literally, the contrast vector at its natural size at each of {int(every.coefficient)} layers:

{table_2(of_2, None)}

## Table 3

{table_3(of_3)}

## Claims

{claims_table(claims)}
"""


if __name__ == "__main__":
    main()
