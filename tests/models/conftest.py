import pytest
from tiny_models import DECODERS, ENCODERS, FAMILIES, make_model

from infoplane.models import LanguageModel


@pytest.fixture(params=FAMILIES)
def model(request: pytest.FixtureRequest) -> LanguageModel:
    """A tiny random model of every family."""
    return make_model(request.param)


@pytest.fixture(params=DECODERS)
def decoder(request: pytest.FixtureRequest) -> LanguageModel:
    """A tiny random decoder of every family."""
    return make_model(request.param)


@pytest.fixture(params=ENCODERS)
def encoder(request: pytest.FixtureRequest) -> LanguageModel:
    """A tiny random encoder of every family."""
    return make_model(request.param)


@pytest.fixture
def llama() -> LanguageModel:
    """A tiny random Llama."""
    return make_model("llama")
