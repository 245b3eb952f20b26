"""Which states of a forward pass a Select names."""

import pytest
import torch

from infoplane._errors import InputError
from infoplane.models import Select, evaluating, select_tokens

STATES = torch.arange(12.0).reshape(2, 3, 1, 2)
TEXT = torch.tensor([[1, 1, 1], [1, 1, 0]]).bool()
CONTENT = torch.tensor([[0, 1, 1], [0, 0, 0]]).bool()


def test_every_token_keeps_its_place_and_says_whether_it_is_there():
    for tokens, present in (("content", CONTENT), ("all", TEXT)):
        states, there = select_tokens(STATES, Select(tokens=tokens), CONTENT, TEXT)
        assert states is STATES
        assert there is present


def test_the_mean_is_over_the_tokens_there_are_and_zero_over_none():
    states, there = select_tokens(STATES, Select(tokens="content", reduce="mean"), CONTENT, TEXT)
    assert there is None
    torch.testing.assert_close(states, torch.tensor([[3.0, 4.0], [0.0, 0.0]])[:, None, None])


def test_tokens_by_number_are_refused():
    with pytest.raises(InputError, match="expected tokens last, content or all"):
        select_tokens(STATES, Select(tokens=2), CONTENT, TEXT)


@pytest.mark.parametrize("training", [True, False])
def test_a_network_that_was_looked_at_goes_on_as_it_was(training):
    network = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.Dropout()).train(training)
    with evaluating(network):
        assert not network[1].training
        assert not network(torch.ones(1)).requires_grad
    assert network[1].training is training
    assert network(torch.ones(1)).requires_grad
