"""Two continuous vectors: `auto` on the tasks of benchmark-mi (Czyz et al. 2023), n = 10,000, the truth known.

    python benchmarks/known/continuous.py [TASK ...]     one line a task; all 40 without names

SEEN are the 16 tasks looked at while the estimators were made; the other 24 were first drawn when they were finished.
benchmark-mi needs old versions of jax and scipy and therefore an environment of its own, made once in the cache folder
(INFOPLANE_BENCHMARK_CACHE, or ~/.cache/infoplane-benchmarks), where the samples are kept too.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import Estimate
from infoplane.estimators._critics._auto_continuous import auto_continuous
from known.row import Row

SAMPLES, SEED = 10_000, 0
MEDIAN, LARGEST = 0.015, 0.15
WRONG, RIGHT, FALSE_ALARMS = 0.05, 0.02, 0.2
REQUIREMENTS = ("benchmark-mi==0.1.3", "jax==0.4.30", "jaxlib==0.4.30", "scipy<1.13")
CACHE = Path(os.environ.get("INFOPLANE_BENCHMARK_CACHE", Path.home() / ".cache" / "infoplane-benchmarks"))
FOLDER = CACHE / "benchmark-mi"
SEEN = (
    "1v1-normal-0.75",
    "1v1-bimodal-0.75",
    "wiggly-1v1-normal-0.75",
    "1v1-additive-0.1",
    "swissroll_x-normal_cdf-1v1-normal-0.75",
    "multinormal-dense-5-5-0.5",
    "multinormal-dense-25-25-0.5",
    "multinormal-sparse-5-5-2-2.0",
    "multinormal-sparse-25-25-2-2.0",
    "student-identity-2-2-1",
    "student-identity-5-5-2",
    "asinh-student-identity-5-5-2",
    "half_cube-multinormal-sparse-5-5-2-2.0",
    "normal_cdf-multinormal-sparse-25-25-2-2.0",
    "spiral-multinormal-sparse-3-3-2-2.0",
    "spiral-normal_cdf-multinormal-sparse-25-25-2-2.0",
)
QUICK = SEEN[:3]
# Runs in the other environment: arguments are the folder, n, the seed and tasks; prints all tasks there are.
DRAW = """
import json, sys
import numpy as np
from bmi.benchmark import BENCHMARK_TASKS
folder, samples, seed, *names = sys.argv[1:]
for name in names:
    task = BENCHMARK_TASKS[name]
    x, y = (np.asarray(side, dtype=np.float64) for side in task.sample(int(samples), int(seed)))
    np.savez(f"{folder}/{name}-{samples}-{seed}.npz", x=x, y=y, truth=float(task.mutual_information))
print(json.dumps(list(BENCHMARK_TASKS)))
"""


@dataclass(frozen=True)
class Result:
    """One task: truth in nats, our estimate, and processor seconds."""

    task: str
    truth: float
    estimate: Estimate
    seconds: float

    @property
    def error(self) -> float:
        """Distance from the truth in nats."""
        return abs(self.estimate.value - self.truth)

    @property
    def flags(self) -> tuple[str, ...]:
        """Warnings, but for the absent null, which nobody asked for."""
        return tuple(flag for flag in self.estimate.flags if flag != "no_null")


def rows(quick: bool = False) -> Iterator[Row]:
    """A row a task and five rows on all of each half; `quick`: three tasks of one dimension."""
    try:
        held_out = () if quick else tuple(name for name in draw(()) if name not in SEEN)
        for half, names in (("seen", QUICK if quick else SEEN), ("held out", held_out)):
            results = []
            for result in measured(names):
                results.append(result)
                yield _row(half, result)
            yield from _targets(half, results)
    except (subprocess.CalledProcessError, OSError) as error:
        yield Row("continuous", "left out", f"no environment with {', '.join(REQUIREMENTS)}: {error}", "")


def measured(names: Sequence[str]) -> Iterator[Result]:
    """`auto` on each task of `names`."""
    draw(names)
    for name in names:
        x, y, truth = load(name)
        start = time.process_time()
        estimate = auto_continuous(x, y)
        yield Result(name, truth, estimate, time.process_time() - start)


def draw(names: Sequence[str]) -> list[str]:
    """Put samples of the tasks `names` into the cache; all tasks of benchmark-mi."""
    missing = [name for name in names if not _file(name).exists()]
    command = [str(_python()), "-c", DRAW, str(FOLDER), str(SAMPLES), str(SEED), *missing]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return list(json.loads(answer.stdout.splitlines()[-1]))


def load(name: str) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Sample x (n, d), y (n, e) of a task that has been drawn, and its information in nats."""
    with np.load(_file(name)) as arrays:
        return arrays["x"], arrays["y"], float(arrays["truth"])


def _file(name: str) -> Path:
    return FOLDER / f"{name}-{SAMPLES}-{SEED}.npz"


def _python() -> Path:
    """The interpreter of the other environment, which is made when it is not there."""
    place = FOLDER / "environment"
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not (place / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True, capture_output=True)
        install = [str(python), "-m", "pip", "install", "--quiet", *REQUIREMENTS]
        subprocess.run(install, check=True, capture_output=True)
        (place / "complete").touch()
    return python


def _row(half: str, result: Result) -> Row:
    estimate = result.estimate
    chosen = f"{estimate.estimator}; {' '.join(result.flags) or 'no flag'}; {result.seconds:.1f} s"
    return Row(f"continuous, {half}", result.task, f"nats, truth {result.truth:.3f}", estimate.value, note=chosen)


def _targets(half: str, results: Sequence[Result]) -> Iterator[Row]:
    errors = [result.error for result in results]
    if not errors:
        return
    wrong = [result for result in results if result.error > WRONG]
    right = [result for result in results if result.error < RIGHT]
    unsaid = sum(not result.flags for result in wrong)
    alarms = sum(bool(result.flags) for result in right) / max(1, len(right))
    covered = sum((r.estimate.low or 0) <= r.truth <= (r.estimate.high or 0) for r in results) / len(results)
    for quantity, ours, most in (
        ("median error, nats", median(errors), MEDIAN),
        ("largest error, nats", max(errors), LARGEST),
        (f"errors above {WRONG} without a flag", float(unsaid), 0.0),
        (f"share of errors below {RIGHT} with a flag", alarms, FALSE_ALARMS),
    ):
        yield Row(
            f"continuous, {half}", f"{len(results)} tasks", quantity, ours, target=f"<= {most}", reached=ours <= most
        )
    yield Row(f"continuous, {half}", f"{len(results)} tasks", "share of intervals that hold the truth", covered)


def main() -> None:
    """Print one line for each of the tasks named on the command line."""
    for result in measured(sys.argv[1:] or draw(())):
        print(
            f"{result.task:50} {result.truth:.3f} {result.estimate.value:.3f} "
            f"[{result.estimate.low:.3f}, {result.estimate.high:.3f}] {result.error:.4f} {result.seconds:6.1f} s  "
            f"{result.estimate.estimator}  {' '.join(result.flags)}",
            flush=True,
        )


if __name__ == "__main__":
    main()
