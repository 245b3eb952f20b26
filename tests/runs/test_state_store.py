import tracemalloc

import numpy as np
import pytest

from infoplane._errors import InputError, RunError
from infoplane.runs import StateStore


@pytest.fixture
def store(tmp_path):
    return StateStore(tmp_path / "states")


def test_rows_come_back_in_the_order_of_their_ids(store):
    array = np.arange(24, dtype=np.float32).reshape(4, 3, 2)
    store.write("a", np.array([5, 0]), array[[2, 0]])
    store.write("a", np.array([9, 3]), array[[3, 1]])
    for again in (store, StateStore(store.path)):
        assert again.done("a").tolist() == [0, 3, 5, 9]
        np.testing.assert_array_equal(again.load("a"), array)
        np.testing.assert_array_equal(again.load("a", 1), array[:, 1])
        assert again.names() == ["a"]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool", "uint8"])
@pytest.mark.parametrize("shape", [(), (4,), (2, 3), (2, 3, 4)])
def test_any_shape_and_type_is_kept_as_it_comes(store, dtype, shape):
    array = np.random.default_rng(0).integers(0, 2, (3, *shape)).astype(dtype)
    store.write("a", np.arange(3), array)
    found = StateStore(store.path).load("a")
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


def test_an_array_that_is_a_view_is_kept_in_its_own_order(store):
    array = np.arange(12.0).reshape(3, 4)
    store.write("t", np.arange(4), array.T)
    store.write("r", np.arange(3), array[::-1])
    np.testing.assert_array_equal(store.load("t"), array.T)
    np.testing.assert_array_equal(store.load("r"), array[::-1])


def test_rows_that_are_kept_are_not_written_again(store):
    store.write("a", np.array([0, 1]), np.zeros((2, 2)))
    store.write("a", np.array([1, 2]), np.ones((2, 2)))
    store.write("a", np.array([0, 2]), np.full((2, 2), 7.0))
    np.testing.assert_array_equal(store.load("a"), [[0, 0], [0, 0], [1, 1]])
    assert len(list(store.path.rglob("*.safetensors"))) == 2


def test_no_rows_are_nothing(store):
    store.write("a", np.empty(0, np.int64), np.empty((0, 3)))
    assert store.names() == []
    assert store.done("a").dtype == np.int64
    assert len(store.done("a")) == 0
    with pytest.raises(RunError, match=r"no states 'a' in .*: expected one of none"):
        store.load("a")


@pytest.mark.parametrize(
    ("name", "rows", "shape", "said"),
    [
        ("../up", [0], (1, 2), "name of states"),
        (".hidden", [0], (1, 2), "name of states"),
        ("", [0], (1, 2), "name of states"),
        ("a", [0, 0], (2, 2), "distinct row ids"),
        ("a", [0], (2, 2), "distinct row ids"),
        ("a", [[0]], (1, 2), "distinct row ids"),
        ("a", [1], (1, 3), r"expected \(n, 2,\)"),
    ],
)
def test_what_does_not_fit_is_refused(store, name, rows, shape, said):
    store.write("a", np.array([7]), np.zeros((1, 2)))
    with pytest.raises(InputError, match=said):
        store.write(name, np.array(rows), np.zeros(shape))
    assert store.done("a").tolist() == [7]


@pytest.mark.parametrize("layer", [-1, 3])
def test_a_layer_there_is_not_is_refused(store, layer):
    store.write("a", np.arange(2), np.zeros((2, 3, 4)))
    with pytest.raises(InputError, match=f"layer index {layer} .*expected 0 to 2"):
        store.load("a", layer)


def test_float16_takes_half_the_disk_and_reads_as_float32(tmp_path):
    states = np.random.default_rng(0).normal(size=(100, 4, 64)).astype(np.float32)
    whole, half = StateStore(tmp_path / "whole"), StateStore(tmp_path / "half", dtype="float16")
    for store in (whole, half):
        store.write("a", np.arange(100), states)
        store.write("scores", np.arange(100), states[:, 0].astype(np.float64))
    sizes = [next((store.path / "a").iterdir()).stat().st_size for store in (whole, half)]
    assert sizes[1] < 0.52 * sizes[0]
    assert half.load("a").dtype == np.float32
    np.testing.assert_allclose(half.load("a"), states, rtol=1e-3, atol=1e-6)
    np.testing.assert_array_equal(half.load("scores"), states[:, 0])


def test_states_beyond_float16_are_refused(tmp_path):
    store = StateStore(tmp_path, dtype="float16")
    with pytest.raises(RunError, match=r"states 'a' up to 7e\+04: expected at most 65504"):
        store.write("a", np.arange(1), np.full((1, 2), 7e4, np.float32))
    assert store.names() == []


def test_leftovers_of_a_kill_are_removed_by_the_writer_only(store):
    store.write("a", np.arange(1), np.zeros((1, 2)))
    leftover = store.path / "a" / ".00000001.safetensors.123.tmp"
    leftover.write_bytes(b"half")
    foreign = store.path / "a" / "notes.txt"
    foreign.write_text("mine")
    assert StateStore(store.path, read_only=True).discarded == 0
    assert leftover.exists()
    assert StateStore(store.path).discarded == 0
    assert not leftover.exists()
    assert foreign.exists()


def test_a_file_that_is_no_shard_is_discarded(store):
    from safetensors.numpy import save_file

    store.write("a", np.arange(2), np.zeros((2, 2)))
    save_file({"rows": np.arange(3), "array": np.zeros((2, 2))}, store.path / "a" / "00000001.safetensors")
    save_file({"other": np.arange(3)}, store.path / "a" / "00000002.safetensors")
    again = StateStore(store.path)
    assert again.discarded == 2
    assert again.done("a").tolist() == [0, 1]


def test_reading_one_layer_takes_the_memory_of_one_layer(store):
    layers, width = 32, 256
    for start in range(0, 512, 64):
        store.write("a", np.arange(start, start + 64), np.ones((64, layers, width), np.float32))
    one = 512 * width * 4
    tracemalloc.start()
    found = store.load("a", 3)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.nbytes == one
    assert peak < 2 * one
