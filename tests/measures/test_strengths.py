"""What is said of a strength that is not what was asked for."""

from types import SimpleNamespace

import numpy as np
from tiny_models import DictStore

from infoplane.measures._live import spent_flags, strength_flags


def test_a_dose_that_was_missed_or_needs_states_pushed_far_is_said() -> None:
    store = DictStore()
    for name, kept in {"good": (2.0, 1.0), "far": (40.0, 1.0), "missed": (1.0, 0.0)}.items():
        store.write(name, np.array([0]), np.array([kept]))
    saved = SimpleNamespace(scratch=store)
    assert strength_flags(saved, "good") == ()
    assert strength_flags(saved, "good", "far") == ("unnatural_size",)
    assert strength_flags(saved, "missed", "far") == ("dose_not_reached", "unnatural_size")


def test_a_divergence_a_quarter_off_its_dose_is_said() -> None:
    near, over, under = (np.array([0.0, 2 * mean]) for mean in (0.12, 0.13, 0.07))
    assert spent_flags(0.1, near) == ()
    assert spent_flags(0.1, near, over) == spent_flags(0.1, under) == ("dose_off",)
