"""For rooms whose tests are not about how well labels are read: the networks of the pool of rules train briefly."""

from collections.abc import Iterator

import pytest

from infoplane.estimators._labels import _members


@pytest.fixture(scope="session", autouse=True)
def quick_networks() -> Iterator[None]:
    """Twenty steps in place of up to eight hundred; tests of the estimators take the full number back."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_members, "CHECKPOINTS", (20,))
        yield
