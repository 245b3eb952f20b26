"""A small network on the CPU runs on one thread, whatever the process was set to, and the setting comes back."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from tiny_models import TEXTS, make_model

from infoplane.models import Select, _language_model


@pytest.fixture(autouse=True)
def threads() -> Iterator[int]:
    """Another number of threads than one, for the length of a test."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield 3
    torch.set_num_threads(before)


def seen_threads(model):
    seen = []
    model.anatomy.blocks[0].register_forward_hook(lambda *_: seen.append(torch.get_num_threads()))
    return seen


def test_reading_scoring_and_generating_run_on_one_thread(llama, threads):
    seen = seen_threads(llama)
    states = llama.read(TEXTS, Select()).array
    llama.score(TEXTS, [" a", " b"])
    llama.generate(TEXTS, max_new_tokens=2)
    llama.lens(states, [1])
    assert set(seen) == {1}
    assert torch.get_num_threads() == threads


def test_threads_come_back_after_an_error(llama, threads):
    def fail(*_):
        raise KeyboardInterrupt

    llama.anatomy.blocks[1].register_forward_hook(fail)
    with pytest.raises(KeyboardInterrupt):
        llama.read(TEXTS, Select())
    assert torch.get_num_threads() == threads


def test_a_large_network_keeps_its_threads(llama, threads, monkeypatch):
    monkeypatch.setattr(_language_model, "_SMALL", 1)
    seen = seen_threads(llama)
    llama.read(TEXTS, Select())
    assert set(seen) == {threads}


def test_states_are_the_same_bits_whatever_the_number_of_threads():
    arrays = []
    for count in (1, 2, 3):
        torch.set_num_threads(count)
        arrays.append(make_model("llama").read(TEXTS, Select()).array)
    np.testing.assert_array_equal(arrays[1], arrays[0])
    np.testing.assert_array_equal(arrays[2], arrays[0])
