"""Students of half the depth, each seed with a teacher of its own, and how they compare."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from infoplane.methods import Recipe, Result, Teacher, choose_teacher, finetune, student_network
from infoplane.models import LanguageModel, load_model
from infoplane.objectives import Distillation
from infoplane.runs import Run
from infoplane.tasks import Task

PLAIN = "no teacher"
ALPHA, TEMPERATURE = 0.5, 2.0
TEMPERATURES = (1.0, 2.0, 5.0)

Results = dict[int, Result]


@dataclass(frozen=True, eq=False)
class Taught:
    """Students of a task by arm: results by seed, and how many configurations each arm is the best of."""

    task: Task
    arms: Mapping[str, Results]
    tried: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Students:
    """The students of `task`, whose teachers are among the trainings of the sweep `first`; kept under `folder`.

    Every student begins as every other block of its own teacher and learns with alpha 0.5. Arms: no teacher (from the
    blocks of the cross-entropy teacher); teachers of cross-entropy, label smoothing and max-CMI at temperature 2, the
    last one the weight with the largest CMI among those within a standard error of the best; and the cross-entropy
    teacher at the temperature that is best on held-out examples.
    """

    lm: LanguageModel
    task: Task
    first: Run
    folder: Path
    recipe: Recipe
    seeds: int

    def taught(self) -> Taught:
        """What came of every arm whose teachers there are."""
        at_temperature = {t: self._arm("cross-entropy", ALPHA, t) for t in TEMPERATURES}
        tuned = max(at_temperature.values(), key=self._held)
        arms = {
            PLAIN: self._arm("cross-entropy", 0.0, 1.0),
            "cross-entropy": at_temperature[TEMPERATURE],
            "cross-entropy, temperature tuned": tuned,
        }
        swept = {run.config["objective"]["name"] for run in self._runs()}
        arms |= {name: self._arm(name, ALPHA, TEMPERATURE) for name in ("label-smoothing", "max-cmi") if name in swept}
        tried = dict.fromkeys(arms, 1) | {"cross-entropy, temperature tuned": len(TEMPERATURES), "max-cmi": 2}
        return Taught(self.task, arms, tried)

    def _held(self, results: Results) -> float:
        """Mean over seeds of what chooses."""
        return sum(float(one.held[self.task.metrics[0]]) for one in results.values()) / len(results)

    def _arm(self, method: str, alpha: float, temperature: float) -> Results:
        results = {}
        for seed in range(self.seeds):
            goal = Distillation(alpha=alpha, temperature=temperature)
            teacher = load_model(self._teacher(method, seed).path / "model", device=str(self.lm.device))
            run = finetune(
                teacher,
                self.task,
                objective=goal,
                out=self.folder / self.task.name.replace("/", "-") / f"{method}.{alpha:g}.{temperature:g}.{seed}",
                recipe=self.recipe,
                train_on=("direction", "measure"),
                teacher=teacher if "teacher" in goal.needs else None,
                network=student_network(teacher.network, layers="every_other"),
                seed=seed,
                trackers=(),
            )
            results[seed] = Result.read(run)
        return results

    def _teacher(self, method: str, seed: int) -> Run:
        """The training of `method` and `seed`: the one with the largest CMI of those as good as the best."""
        runs = {str(run.path): run for run in self._runs() if self._is(run, method, seed)}
        teachers = [_as_teacher(name, run, self.task.metrics[0]) for name, run in runs.items()]
        if method == "max-cmi":
            return runs[choose_teacher(teachers).name]
        return runs[max(teachers, key=lambda teacher: teacher.score).name]

    def _runs(self) -> Iterator[Run]:
        """The trainings of the sweep."""
        return (Run.open(path, None) for path in sorted((self.first.path / "runs").iterdir()))

    def _is(self, run: Run, method: str, seed: int) -> bool:
        config = run.config
        return (config["task"], config["objective"]["name"], config["seed"]) == (self.task.name, method, seed)


def _as_teacher(name: str, run: Run, metric: str) -> Teacher:
    """What is known of a training on the examples that chose its epoch."""
    held = Result.read(run).held[metric]
    (cmi,) = run.ledger.filter(measure="cmi", quantity="cmi", split="tune")
    error = (held.high - held.low) / 3.92 if held.high is not None and held.low is not None else 0.0
    return Teacher(name, float(held), error, cmi["value"])
