"""A network is not judged, nor does it teach, on other splits of its task than it was trained on."""

import pytest
from measures_tasks import moods_file
from tiny_models import make_model

import infoplane as ip
from infoplane._errors import InputError
from infoplane.methods import Recipe, finetune, measure_planes, sweep
from infoplane.objectives import Distillation

QUICK = Recipe(epochs=1, max_steps=1, batch_size=8, max_length=32)


@pytest.fixture(scope="module")
def tasks(tmp_path_factory):
    """The same examples, drawn into splits by two seeds."""
    path = str(moods_file(tmp_path_factory.mktemp("moods") / "moods.csv", told=True, rows=120))
    return [ip.load_task(path, aspect="mood", seed=seed) for seed in (0, 1)]


@pytest.fixture(scope="module")
def run(tasks, tmp_path_factory):
    """A training on a part of the first."""
    out = tmp_path_factory.mktemp("runs") / "run"
    return finetune(make_model("bert"), tasks[0], out=out, recipe=QUICK, max_examples=20, trackers=())


def test_a_teacher_knows_the_splits_it_was_trained_on(tasks, run, tmp_path):
    teacher = ip.load_model(run.path / "model")
    assert teacher.lineage.task == tasks[0].fingerprint == tasks[0].subset(20).subset(10).origin
    asked = {"objective": Distillation(), "teacher": teacher, "recipe": QUICK, "trackers": ()}
    with pytest.raises(InputError, match="of other splits of its task"):
        finetune(make_model("bert"), tasks[1], out=tmp_path / "other", **asked)
    assert finetune(make_model("bert"), tasks[0], out=tmp_path / "same", **asked).finished


def test_a_plane_is_measured_on_the_splits_of_the_training(tasks, run):
    with pytest.raises(InputError, match="the splits it was trained on"):
        measure_planes(run, make_model("bert"), tasks[1])


def test_a_plane_is_not_measured_on_what_chose_the_epoch(tasks, tmp_path):
    lm = make_model("bert")
    done = finetune(lm, tasks[0], out=tmp_path / "run", recipe=QUICK, select_on="measure", trackers=())
    with pytest.raises(InputError, match="or was chosen by it"):
        measure_planes(done, lm, tasks[0])


def test_a_sweep_refuses_splits_before_anything_is_made(tasks, tmp_path):
    with pytest.raises(InputError, match="split 'dev'"):
        sweep(make_model("bert"), tasks[0], objectives=["cross-entropy"], out=tmp_path / "sweep", select_on="dev")
    assert not (tmp_path / "sweep").exists()
