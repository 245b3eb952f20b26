"""What is known of directions before they are used."""

from collections.abc import Callable

import pytest

from infoplane._errors import InputError
from infoplane.spaces import TaskSpace


def checked(made: Callable[..., TaskSpace]) -> TaskSpace:
    """A space whose label sad is weak at layer 4."""
    checks = [
        {"quantity": quantity, "layer": layer, "label": label, "value": value, "flags": flags}
        for layer in (3, 4, 5)
        for label, value, flags in (("joyful", 0.9, []), ("sad", 0.6, ["weak_direction"] if layer == 4 else []))
        for quantity in ("sign_rate", "agreement", "size")
    ]
    return made(checks=tuple(checks))


def test_weak_directions_of_a_band_are_named_once(made: Callable[..., TaskSpace]) -> None:
    found = checked(made).preflight(["sad", "joyful"], "3-5")
    assert found.weak == (("sad", 4),)
    assert found.flags == ("weak_direction",)
    assert found.sign_rate == found.agreement == pytest.approx(0.75)
    assert str(found) == "sign rate 0.75, agreement 0.75, 1 of 6 directions weak: sad at layer 4"


def test_strong_directions_raise_no_flag(made: Callable[..., TaskSpace]) -> None:
    found = checked(made).preflight("joyful", 4)
    assert (found.weak, found.flags, found.agreement) == ((), (), 0.9)


def test_a_built_space_tells_its_own(space: TaskSpace) -> None:
    found = space.preflight()
    assert found.layers == space.band()
    assert found.labels == space.labels
    assert -1 <= found.agreement <= 1


def test_unknown_labels_and_nulls_are_refused(space: TaskSpace) -> None:
    with pytest.raises(InputError, match="did you mean glad"):
        space.preflight("gladd")
    with pytest.raises(InputError, match="without checks"):
        space.random().preflight()
