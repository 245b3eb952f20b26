from collections.abc import Iterator

import pytest

from infoplane.estimators._labels import _members, _perceptron


@pytest.fixture(scope="module", autouse=True)
def full_training() -> Iterator[None]:
    """Networks train as long as they do for users, whatever other rooms have set."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_members, "CHECKPOINTS", _perceptron.CHECKPOINTS)
        yield
