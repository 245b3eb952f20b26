"""Recoverability fine-tuning on texts without labels, before and after, beside the baselines it has to beat.

    python studies/recoverability_tuning.py --model DIR --task DIR --task DIR --out runs/recoverability

`--task` may be named many times: folders or names of GLUE, "paws", "sick". Texts to train on are those of the tasks'
`direction` splits, without labels; every network takes the same steps on them. Then the frozen mean states are judged:
read back on held-out texts, compared by cosine, also on the quarter of the pairs with the least lexical overlap, and
probed. Prints the tables and keeps them as OUT/<model>/tables.md. The same command continues a run that was stopped.
After the recoverability paper (arXiv 2505.23790), whose claim is that such training helps tasks it was not told of.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from paper_markdown import markdown
from recoverability_goals import goals
from recoverability_judging import Held, Judge, Judged
from recoverability_numbers import Number, numbers
from recoverability_reader import Texts
from recoverability_training import trained
from safetensors.numpy import load_file, save

from infoplane._errors import InfoplaneError
from infoplane.estimators import Estimate
from infoplane.models import LanguageModel, load_model
from infoplane.runs import Run, write_atomic
from infoplane.tasks import Task, load_task

BEFORE, OURS = "before", "recoverability"
HELD = {"measure": 1000, "tune": 200, "test": 400}  # texts, over all tasks


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks for; exit code 2 and one line for bad input."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="a decoder, or an encoder with its masked head")
    parser.add_argument("--task", action="append", required=True, help="name, folder or file; some of pairs")
    parser.add_argument("--out", type=Path, required=True, help="directory; the same command continues there")
    parser.add_argument("--texts", type=int, default=4000, help="texts to train on (default %(default)s)")
    parser.add_argument("--words", type=int, default=24, help="first words of a text (default %(default)s)")
    parser.add_argument("--items", type=int, default=600, help="of each task and split (default %(default)s)")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--device", default="auto", help="torch device")
    asked = parser.parse_args(arguments)
    try:
        lm = load_model(asked.model, device=asked.device, dtype="float32")
        tasks = [cut(load_task(name), asked.words) for name in asked.task]
        told = {name: getattr(asked, name) for name in ("texts", "words", "items", "steps")}
        config = {"model": lm.fingerprint, "tasks": [task.fingerprint for task in tasks], **told}
        with Run.open(asked.out / Path(asked.model).name, config) as run:
            text = study(lm, tasks, run, asked.seeds)
            write_atomic(run.path / "tables.md", text)
        print(text)
    except InfoplaneError as error:
        parser.exit(2, f"recoverability_tuning: {error}\n")


def cut(task: Task, words: int) -> Task:
    """`task` with texts of at most `words` words: what is judged is what can be trained on."""

    def short(texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(" ".join(text.split()[:words]) for text in texts)

    splits = {
        name: replace(one, texts=short(one.texts), pairs=None if one.pairs is None else short(one.pairs))
        for name, one in task.splits.items()
    }
    return replace(task, splits=splits)


def study(lm: LanguageModel, tasks: Sequence[Task], run: Run, seeds: int) -> str:
    """Train and judge what is not judged yet; the tables as Markdown."""
    size, steps, items = (int(run.config[name]) for name in ("texts", "steps", "items"))
    held = Held(*(plain(tasks, name, many) for name, many in HELD.items()))
    smaller = [
        replace(task, splits={name: one.stratified(items) for name, one in task.splits.items()}) for task in tasks
    ]
    judge = Judge(lm, smaller, held)
    texts = Texts.of(lm, plain(tasks, "direction", size))
    arms = {BEFORE: [kept(run, BEFORE, 0, lambda: judge.judged(lm, 0))]}
    for seed in range(seeds):
        for name, goal in goals(decoder=lm.kind == "decoder").items():

            def made(goal: type = goal, seed: int = seed) -> Judged:
                return judge.judged(trained(lm, texts, goal, steps, seed), seed)

            arms.setdefault(name, []).append(kept(run, name, seed, made))
    return tables(numbers(smaller, judge.entropies), arms)


def plain(tasks: Sequence[Task], split: str, many: int) -> list[str]:
    """`many` different texts of five words or more of a split of all `tasks`, as many of each where it has them."""
    chosen: list[str] = []
    for task in tasks:
        one = task.splits[split]
        texts = [text for text in dict.fromkeys([*one.texts, *(one.pairs or ())]) if len(text.split()) >= 5]
        order = np.random.default_rng(0).permutation(len(texts))[: many // len(tasks)]
        chosen += [texts[row] for row in order]
    return list(dict.fromkeys(chosen))


def kept(run: Run, name: str, seed: int, make: Callable[[], Judged]) -> Judged:
    """What stands in the run for a network, or what `make` gives."""
    path = run.artifacts / f"{''.join(letter if letter.isalnum() else '-' for letter in name)}.{seed}.safetensors"
    if not path.is_file():
        write_atomic(path, save(make()))
    return load_file(path)


def tables(found: Mapping[str, Number], arms: Mapping[str, Sequence[Judged]]) -> str:
    """Every network; what each gains over the one before training; what recoverability gains over every baseline."""
    told = {name: number.told(arms) for name, number in found.items()}
    ours = next(name for name in arms if name.startswith(OURS))
    others = [name for name in arms if name != BEFORE]
    rivals = [name for name in others if not name.startswith(OURS)]

    def table(columns: Sequence[tuple[str, str, str | None]], sign: str) -> str:
        lines = []
        for name, number in found.items():
            values = [told[name][arm] - (told[name][base] if base else 0) for _, arm, base in columns]
            lines.append([name, *(cell(number.estimate(one), sign) for one in values)])
        return markdown(["", *(head for head, _, _ in columns)], lines)

    return "\n\n".join(
        (
            table([(f"{arm} (seeds: {len(seeds)})", arm, None) for arm, seeds in arms.items()], ""),
            "Gain over the network before training:",
            table([(arm, arm, BEFORE) for arm in others], "+"),
            f"Gain of {ours} over:",
            table([(arm, ours, arm) for arm in rivals], "+"),
        )
    )


def cell(estimate: Estimate, sign: str) -> str:
    """Three decimals and the interval; in bold where a difference is not 0."""
    said = f"{estimate.value:{sign}.3f} [{estimate.low:{sign}.3f}, {estimate.high:{sign}.3f}]"
    apart = sign and ((estimate.low or 0) > 0 or (estimate.high or 0) < 0)
    return f"**{said}**" if apart else said


if __name__ == "__main__":
    main()
