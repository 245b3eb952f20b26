"""Which configurations are tried: all of a grid, the first seed first; or as many as asked for, where it was good."""

import numpy as np
import optuna
import pytest
from made_trainings import Made, made_plan, made_sweep

from infoplane._errors import InputError
from infoplane.methods._sweep._arm import Job, check_grid, configurations, said_of
from infoplane.methods._sweep._search import asked, check_search, sampler, slots
from infoplane.methods._sweep._storage import unwarned

RANGE = {"min-cmi": {"weight": (0.0, 0.6)}}


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """Eight trials between 0 and 0.6."""
    return made_sweep(tmp_path_factory.mktemp("tpe") / "sweep", made_plan(RANGE, seeds=2, search="tpe", trials=8))


def tried(run) -> list[float]:
    """The weights, in order of trial."""
    rows = run.ledger.filter(method="min-cmi", split="tune", quantity="accuracy", seed=None)
    return [float(row["role"].removeprefix("weight=")) for row in rows if row["role"]]


def test_a_grid_is_all_combinations_and_the_first_seed_comes_first():
    arm = made_plan({"min-cmi": {"weight": (0.1, 0.4), "temperature": (1, 2)}}, seeds=2).arms[0]
    assert configurations(arm.grid)[1] == {"weight": 0.1, "temperature": 2}
    places = list(slots(arm, "grid", 1))
    assert len(places) == 8
    assert [place.rpartition("=")[2] for place in places] == ["0"] * 4 + ["1"] * 4
    assert configurations({}) == [{}]
    assert said_of({}) == "default"


def test_a_search_tries_as_many_as_asked_for_between_the_ends(searched):
    weights = tried(searched)
    assert len(weights) == len(set(weights)) == 8
    assert all(0 <= weight <= 0.6 for weight in weights)


def test_a_search_goes_where_it_was_good():
    """0.3 is best: the later trials are nearer to it than weights drawn anywhere, which are 0.15 away."""
    arm = made_plan(RANGE, seeds=1).arms[0]
    study = optuna.create_study(direction="maximize")
    for number in range(30):
        with unwarned():
            study.sampler = sampler("tpe", f"trial {number}", 0)
        trial = study.ask()
        configuration, _ = asked(arm, "tpe", trial)
        study.tell(trial, -abs(configuration["weight"] - 0.3))
    far = np.array([-trial.value for trial in study.trials])
    assert far[10:].mean() < 0.1


def test_a_search_that_was_stopped_goes_on_to_the_same_trials(searched, tmp_path):
    calls = []

    def stopped(job):
        calls.append(job)
        if len(calls) == 14:
            raise KeyboardInterrupt
        return Made(tmp_path / "sweep")(job)

    plan = made_plan(RANGE, seeds=2, search="tpe", trials=8)
    with pytest.raises(KeyboardInterrupt):
        made_sweep(tmp_path / "sweep", plan, train=stopped)
    again = made_sweep(tmp_path / "sweep", plan, train=stopped)
    assert tried(again) == tried(searched)


def test_an_arm_without_settings_is_run_once_a_seed_by_any_search():
    arm = made_plan({"cross-entropy": {}}, seeds=3).arms[0]
    assert list(slots(arm, "tpe", 12)) == ["default, seed=0", "default, seed=1", "default, seed=2"]


def test_jobs_have_readable_directories_of_their_own():
    plan = made_plan({"min-cmi": {"weight": (0.1, 0.4)}}, tasks=("glue/mrpc", "glue-mrpc"), seeds=2)
    jobs = [arm.job(one, seed) for arm in plan.arms for one in configurations(arm.grid) for seed in arm.seeds]
    names = [job.folder for job in jobs]
    assert len(set(names)) == len(jobs) == 8
    assert names[0].startswith("glue-mrpc.min-cmi.weight=0.1.seed=0.")
    long = Job(plan.arms[0].task, "min-cmi", {f"setting{number}": 0.123456 for number in range(20)}, 3)
    assert len(long.folder) < 100
    assert not long.folder.startswith(".")


@pytest.mark.parametrize(
    ("values", "said"),
    [([], "values"), ("0.1", "a list"), ([0.1, 0.1], "each value once"), ([[0.1]], "numbers or words"), (0.1, "list")],
)
def test_values_that_are_no_list_of_plain_ones_are_refused(values, said):
    with pytest.raises(InputError, match=said):
        check_grid("min-cmi", {"weight": values})


def test_searches_there_are_not_are_refused():
    with pytest.raises(InputError, match="one of grid, tpe"):
        check_search("random", 3)
    with pytest.raises(InputError, match="at least 1"):
        check_search("tpe", 0)
