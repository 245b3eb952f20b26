"""Attention over a task space: known answers T0.8 and T0.9, the formula inside a network, and what is refused."""

import numpy as np
import pytest
import torch
from tiny_models import TEXTS

from infoplane._errors import InputError
from infoplane.models import Add, Attend, Edit, Plan, Select
from infoplane.models._attend import Watched, attention_entropy

LABELS, LAYERS, WIDTH = 5, 2, 32


@pytest.fixture
def vectors() -> np.ndarray:
    """Random vectors of five labels at two layers, of the length of states."""
    return np.random.default_rng(0).normal(size=(LABELS, LAYERS, WIDTH)).astype(np.float32)


@pytest.fixture
def states() -> torch.Tensor:
    """Seven states."""
    return torch.as_tensor(np.random.default_rng(1).normal(size=(7, WIDTH)), dtype=torch.float32)


def test_the_state_in_the_keys_of_the_paper_changes_nothing(vectors, states):
    """T0.8: softmax(h . (h + v_E)) and softmax(h . v_E) agree."""
    keys = states[:, None] + torch.as_tensor(vectors[:, 1])
    literal = torch.einsum("nd,nkd->nk", states, keys).softmax(-1)
    torch.testing.assert_close(Attend(vectors, scale="paper").attention(states, 1), literal, atol=1e-5, rtol=0)


@pytest.mark.parametrize("scale", ["cosine", "paper"])
def test_a_low_temperature_takes_the_parallel_vector_a_high_one_takes_all_alike(vectors, scale):
    """T0.9: one v parallel to h gets everything as tau -> 0, and 1/K as tau -> infinity."""
    state = torch.as_tensor(4 * vectors[3, 0])[None]
    cold, hot = (Attend(vectors, beta=beta, scale=scale).attention(state, 0) for beta in (1e4, 0.0))
    torch.testing.assert_close(cold[0], torch.eye(LABELS)[3])
    torch.testing.assert_close(hot[0], torch.full((LABELS,), 1 / LABELS))
    np.testing.assert_allclose(attention_entropy(np.stack([cold, hot]))[:, 0], [0, np.log(LABELS)], atol=1e-6)


def test_cosines_know_neither_length_nor_centre(vectors, states):
    """The default compares directions of centred states: scaled or moved together, they get the same attention."""
    centre = np.full((LAYERS, WIDTH), 0.5, np.float32)
    plain = Attend(vectors).attention(states, 0)
    moved = Attend(7 * vectors, centre=centre).attention(3 * states + 0.5, 0)
    torch.testing.assert_close(plain, moved)


def test_paper_logits_saturate_with_width_where_cosines_do_not():
    """Choice A21: at 4,096 dimensions the literal form is one-hot on noise, the default nearly uniform."""
    rng = np.random.default_rng(2)
    wide, states = rng.normal(size=(32, 1, 4096)), torch.as_tensor(rng.normal(size=(20, 4096)), dtype=torch.float32)
    literal, sound = (
        attention_entropy(Attend(wide, scale=scale).attention(states, 0).numpy()).mean()
        for scale in ("paper", "cosine")
    )
    assert literal < 0.2
    assert sound > 0.99 * np.log(32) - 0.01


def test_a_network_gets_the_mix_its_own_state_asks_for(llama, vectors):
    """h + v of the retrieved label, then attention: equal to the equations on the states that were read plainly."""
    select, centre = Select(layers=(2, 3)), np.full((LAYERS, WIDTH), 0.1, np.float32)
    weights = np.eye(LABELS, dtype=np.float32)[[0, 1, 2, 3, 4, 0]]
    attend = Attend(vectors, weight=0.7, centre=centre)
    plain = llama.read(TEXTS, select).layer(2)
    with llama.steer(Plan((Edit(select, (Add(vectors, weights), attend)),))):
        steered = llama.read(TEXTS, select).layer(2)
    told = plain + weights @ vectors[:, 0]
    centred, keys = told - centre[0], vectors[:, 0]
    cosines = (centred @ keys.T) / np.outer(np.linalg.norm(centred, axis=1), np.linalg.norm(keys, axis=1))
    g = np.exp(10 * cosines) / np.exp(10 * cosines).sum(1, keepdims=True)
    np.testing.assert_allclose(steered, told + 0.7 * g @ keys, atol=1e-4)


def test_watching_sees_every_row_and_changes_nothing(llama, vectors):
    """Watched attention is that of each prompt, whatever the batches; scores are the same as without watching."""
    select, attend = Select(layers=(2, 3)), Attend(vectors, beta=3.0)
    watched = Watched(attend, len(TEXTS))
    with llama.steer(Plan((Edit(select, (attend,)),))):
        expected = llama.score(TEXTS, [" a", " the"])
    with llama.steer(Plan((Edit(select, (watched,)),))):
        np.testing.assert_array_equal(llama.score(TEXTS, [" a", " the"]), expected)
    plain = torch.as_tensor(llama.read(TEXTS, select).layer(2))
    np.testing.assert_allclose(watched.attention[:, 0], attend.attention(plain, 0), atol=1e-5)
    np.testing.assert_allclose(watched.attention.sum(-1), 1, atol=1e-5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"scale": "dot"},
        {"weight": np.nan},
        {"beta": -1.0},
        {"beta": np.inf},
        {"centre": np.zeros((LAYERS, 3))},
        {"scale": "paper", "centre": np.zeros((LAYERS, WIDTH))},
        {"vectors": np.zeros((LABELS, LAYERS, WIDTH))},
        {"vectors": np.full((LABELS, LAYERS, WIDTH), np.nan)},
        {"vectors": np.ones((LABELS, WIDTH))},
    ],
    ids=str,
)
def test_what_cannot_be_attended_to_is_refused(vectors, wrong):
    """One line that says what came."""
    with pytest.raises(InputError) as refused:
        Attend(**({"vectors": vectors} | wrong))
    assert "\n" not in str(refused.value)
