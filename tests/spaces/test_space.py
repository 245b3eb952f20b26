"""A task space built on a tiny random model: what it holds, what it refuses, what it keeps on disk."""

import errno
import json
from pathlib import Path

import numpy as np
import pytest
from tiny_models import make_model

from infoplane._errors import InputError, RunError, TaskError
from infoplane.models import LanguageModel, Select
from infoplane.spaces import TaskSpace
from infoplane.spaces._contrasts import centroid_differences, choose_pairs
from infoplane.spaces._fit import fit_direction
from infoplane.tasks import Split, Task


def test_shapes_units_and_checks(space: TaskSpace, lm: LanguageModel) -> None:
    assert space.layers == tuple(range(1, lm.layers + 1))
    assert space.directions.shape == (lm.layers, 3, lm.width)
    np.testing.assert_allclose(np.linalg.norm(space.directions, axis=2), 1, atol=1e-9)
    assert (space.sizes > 0).all()
    assert {check["quantity"] for check in space.checks} == {"sign_rate", "agreement", "size"}
    assert len(space.checks) == 3 * lm.layers * 3


def test_contrasts_move_a_random_network_the_same_way_for_all_contexts(space: TaskSpace) -> None:
    rates = [check["value"] for check in space.checks if check["quantity"] == "sign_rate"]
    assert np.mean(rates) > 0.9


def test_layer_0_has_no_direction(space: TaskSpace) -> None:
    with pytest.raises(InputError, match="layers 1 to 4"):
        space.project(0, np.zeros((2, 32)))


def test_projection_is_idempotent_and_knows_no_label(space: TaskSpace) -> None:
    states = np.random.default_rng(0).standard_normal((7, 32))
    basis = space.basis(2)
    np.testing.assert_allclose(basis.T @ basis, np.eye(basis.shape[1]), atol=1e-10)
    z = space.project(2, states)
    back = z @ basis.T + space.means[space.at(2)]
    np.testing.assert_allclose(space.project(2, back), z, atol=1e-10)


def test_span_of_one_label_is_the_projection_on_its_vector(space: TaskSpace) -> None:
    states = np.random.default_rng(1).standard_normal((5, 32))
    vector = space.vectors(3)[1]
    z = space.project(3, states, np.array([1]))
    expected = (states - space.means[space.at(3)]) @ vector / np.linalg.norm(vector)
    np.testing.assert_allclose(np.abs(z[:, 0]), np.abs(expected), atol=1e-10)


def test_nearest_neighbours_begin_with_the_label_itself(space: TaskSpace) -> None:
    for label in range(3):
        assert space.neighbours(4, label, 2)[0] == label
    assert sorted(space.neighbours(4, 0, 3)) == [0, 1, 2]


def test_similarity_with_and_without_the_grand_mean(space: TaskSpace) -> None:
    for centred in (True, False):
        cosines = space.similarity(4, centred=centred)
        np.testing.assert_allclose(np.diag(cosines), 1, atol=1e-9)
    assert space.similarity(4).mean() < space.similarity(4, centred=False).mean()


def test_same_seed_same_space_whatever_the_batch(task: Task, space: TaskSpace) -> None:
    again = TaskSpace.build(make_model("llama", batch_size=3), task, contexts=10)
    np.testing.assert_allclose(again.directions, space.directions, atol=1e-5)


def test_artefact_comes_back_bit_for_bit(space: TaskSpace, lm: LanguageModel, tmp_path: Path) -> None:
    back = TaskSpace.load(space.save(tmp_path / "space"))
    for name in ("directions", "sizes", "means", "norms"):
        np.testing.assert_array_equal(getattr(back, name), getattr(space, name))
    assert (back.labels, back.layers, back.fingerprint) == (space.labels, space.layers, space.fingerprint)
    back.check(lm)


def test_another_model_is_refused_in_one_line(space: TaskSpace) -> None:
    with pytest.raises(InputError, match="build it with infoplane space build") as error:
        space.check(make_model("gpt2"))
    assert "\n" not in str(error.value)


def test_a_space_of_other_splits_is_refused(space: TaskSpace, lm: LanguageModel, task: Task) -> None:
    space.check(lm, task)
    with pytest.raises(InputError, match="options and the seed of this task"):
        space.check(lm, task.subset(20))


def test_torn_or_foreign_artefacts_are_refused(space: TaskSpace, tmp_path: Path) -> None:
    folder = space.save(tmp_path / "space")
    arrays = (folder / "space.safetensors").read_bytes()
    (folder / "space.safetensors").write_bytes(arrays[: len(arrays) // 2])
    with pytest.raises(InputError, match="task space"):
        TaskSpace.load(folder)
    (folder / "space.safetensors").write_bytes(arrays)
    about = json.loads((folder / "space.json").read_text())
    (folder / "space.json").write_text(json.dumps(about | {"labels": ["one"]}))
    with pytest.raises(InputError, match="arrays of shapes"):
        TaskSpace.load(folder)
    with pytest.raises(InputError, match="task space"):
        TaskSpace.load(tmp_path / "nothing")


def test_encoders_use_the_mean_of_the_content(task: Task) -> None:
    space = TaskSpace.build(make_model("bert"), task, contexts=5)
    assert "content" in space.about["state"]
    assert np.isfinite(space.directions).all()


def test_centroids_are_the_mean_states_of_a_label_against_the_others(lm: LanguageModel, task: Task) -> None:
    pairs = choose_pairs(task.splits["direction"], 3, contexts=8, negatives=2, seed=0)
    texts = task.splits["direction"].texts
    states = [lm.read([task.prompt(texts[pair.row]) for pair in own], Select(layers=3)).layer(3) for own in pairs]
    found = centroid_differences(lm, task, pairs)
    means = [state.mean(axis=0) for state in states]
    np.testing.assert_allclose(found[1][:, 3], states[1] - (means[0] + means[2]) / 2, atol=1e-5)
    space = TaskSpace.build(lm, task, method="centroid", contexts=8)
    assert space.about["method"] == "centroid"
    cut = round(0.7 * len(states[1]))
    expected = (states[1] - (means[0] + means[2]) / 2)[:cut].mean(axis=0)
    np.testing.assert_allclose(space.vectors(3)[1], expected, atol=1e-4)


def test_negatives_are_other_labels_and_serve_equally_often() -> None:
    labels = np.repeat(np.arange(6), 20)
    split = Split(texts=("x",) * 120, labels=labels, groups=np.arange(120), ids=("",) * 120)
    pairs = choose_pairs(split, 6, contexts=20, negatives=2, seed=0)
    for label, own in enumerate(pairs):
        used = np.bincount([other for pair in own for other in pair.negatives], minlength=6)
        assert used[label] == 0
        assert np.delete(used, label).tolist() == [8] * 5
        assert all(len(set(pair.negatives)) == 2 for pair in own)


def test_pairs_are_made_of_one_context_a_group() -> None:
    groups = np.arange(60) // 3
    split = Split(texts=("x",) * 60, labels=np.repeat([0, 1], 30), groups=groups, ids=("",) * 60)
    for own in choose_pairs(split, 2, contexts=20, negatives=1, seed=0):
        assert len({groups[pair.row] for pair in own}) == len(own) == 10


def test_the_size_of_a_direction_in_noise_is_nothing() -> None:
    fits = [
        fit_direction(np.random.default_rng(seed).standard_normal((100, 768)).astype(np.float32), "mean", 0)
        for seed in range(40)
    ]
    assert abs(np.mean([fit.length.value for fit in fits])) < 0.1
    assert np.mean([(fit.length.p_value or 0) <= 0.05 for fit in fits]) <= 0.15


def test_a_label_with_too_few_contexts_is_named() -> None:
    split = Split(texts=("x",) * 9, labels=np.array([0] * 6 + [1] * 3), groups=np.arange(9), ids=("",) * 9)
    with pytest.raises(TaskError, match="label 1 with 3 contexts"):
        choose_pairs(split, 2, contexts=20, negatives=2, seed=0)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"contexts": 0}, "contexts=0: expected 4 or more for each label"),
        ({"contexts": 3, "method": "centroid"}, "contexts=3: expected 4 or more"),
        ({"negatives": 0}, "negatives=0: expected 1 or more"),
    ],
)
def test_settings_that_make_no_space(lm: LanguageModel, task: Task, settings: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        TaskSpace.build(lm, task, **settings)
    assert "\n" not in str(error.value)


def test_a_space_that_cannot_be_written_leaves_nothing_half_written(
    space: TaskSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        space.save(tmp_path / "file" / "space")
    folder = space.save(tmp_path / "space")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RunError, match="free space"):
        space.save(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
