"""T2.17 on a toy language model, and the parts of the recoverability loss by hand."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, layer_norm

from infoplane._errors import InputError
from infoplane.models import Select
from infoplane.objectives import Batch, Facts, Recoverability, TokenDecoder, make_objective, relative_drift

torch.set_num_threads(1)

VOCABULARY, WIDTH, SLOTS = 16, 24, 4


def facts(**changes) -> Facts:
    return Facts(**({"features": WIDTH, "width": WIDTH, "blocks": 1, "vocabulary": VOCABULARY,
                     "class_counts": (2, 2)} | changes))  # fmt: skip


def texts(rows: int, seed: int) -> Tensor:
    """Tokens of four groups: the next group follows with 0.9, any group otherwise; within it all alike."""
    random = torch.Generator().manual_seed(seed)
    group = torch.randint(0, 4, (rows,), generator=random)
    said = []
    for _ in range(SLOTS + 1):
        said.append(4 * group + torch.randint(0, 4, (rows,), generator=random))
        follows = torch.rand(rows, generator=random) < 0.9
        group = torch.where(follows, (group + 1) % 4, torch.randint(0, 4, (rows,), generator=random))
    return torch.stack(said, 1)


class LanguageModel(nn.Module):
    """Says the next token from the group of the last: its states have no need of which of the four tokens it was."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.tokens, self.places = nn.Embedding(VOCABULARY, 8), nn.Embedding(SLOTS, 8)
        self.body = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, WIDTH))
        self.head = nn.Linear(WIDTH, VOCABULARY)

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (n * slots, V) of the next tokens and the pooled state (n, width)."""
        places = self.places.weight.expand(len(ids), -1, -1)
        states = self.body(torch.cat([self.tokens(ids[:, :SLOTS]), places], -1))
        return self.head(states).flatten(0, 1), states.mean(1)


def batch(model: LanguageModel, ids: Tensor, reference: Tensor) -> Batch:
    logits, pooled = model(ids)
    return Batch(
        logits,
        torch.zeros(len(ids), dtype=torch.int64),
        targets=ids[:, 1:].flatten(),
        owner=torch.arange(len(ids)).repeat_interleave(SLOTS),
        states=pooled[:, None, None],
        reference=reference[:, None, None],
        tokens=ids[:, :SLOTS],
        content=torch.ones(len(ids), SLOTS, dtype=torch.bool),
    )


def trained(model: LanguageModel, objective: Recoverability, ids: Tensor, steps: int) -> None:
    with torch.no_grad():
        reference = model(ids)[1]
    optimizer = torch.optim.Adam([*model.parameters(), *objective.parameters()], 5e-3)
    for step in range(steps):
        rows = torch.arange(64) + 64 * step
        rows %= len(ids)
        objective(batch(model, ids[rows], reference[rows])).backward()
        optimizer.step()
        optimizer.zero_grad()
        objective.step()


@torch.no_grad()
def language_loss(model: LanguageModel, ids: Tensor) -> float:
    return cross_entropy(model(ids)[0], ids[:, 1:].flatten()).item()


def recovered(model: LanguageModel, train: Tensor, held_out: Tensor) -> float:
    """H(T) - CE held out, in nats a token, of a decoder that is learnt on the frozen states."""
    decoder = TokenDecoder(WIDTH, VOCABULARY, SLOTS, seed=1)
    optimizer = torch.optim.Adam(decoder.parameters(), 1e-2)
    content = torch.ones(len(train), SLOTS, dtype=torch.bool)
    with torch.no_grad():
        states, others = model(train)[1], model(held_out)[1]
    for _ in range(100):
        (decoder.loss(states, train[:, :SLOTS], content) / len(train)).backward()
        optimizer.step()
        optimizer.zero_grad()
    with torch.no_grad():
        loss = decoder.loss(others, held_out[:, :SLOTS], content[: len(held_out)]) / len(held_out)
    return math.log(VOCABULARY) - loss.item()


def test_training_raises_what_is_recovered_and_keeps_the_language_model():  # T2.17
    train, held_out = texts(512, 1), texts(256, 2)

    def made(objective: Recoverability | None) -> tuple[float, float]:
        model = LanguageModel()
        optimizer = torch.optim.Adam(model.parameters(), 5e-3)
        for _ in range(100):
            cross_entropy(model(train)[0], train[:, 1:].flatten()).backward()
            optimizer.step()
            optimizer.zero_grad()
        if objective is not None:
            objective.prepare(facts())
            trained(model, objective, train, 200)
        return recovered(model, train, held_out), language_loss(model, held_out)

    before, language = made(None)
    after, kept = made(Recoverability(2.0, warm=50))
    alone, lost = made(Recoverability(2.0, warm=50, supervised=False))
    assert after > before + 0.2
    assert kept < 1.01 * language
    assert alone > before + 0.2
    assert lost > 1.05 * language


CONTENT = torch.tensor([[0, 1, 1, 0, 1, 1], [1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]]).bool()


def small(**settings) -> tuple[Recoverability, Batch]:
    """An objective of three slots and three texts of four, two and no tokens."""
    objective = Recoverability(**{"slots": 3, "warm": 0} | settings)
    objective.prepare(facts(seed=4))
    states, reference = torch.randn(2, 3, 1, 1, WIDTH, generator=torch.Generator().manual_seed(0))
    tokens = torch.randint(0, VOCABULARY, CONTENT.shape, generator=torch.Generator().manual_seed(1))
    labels = torch.tensor([0, 1, 0])
    given = {"states": states.double().requires_grad_(), "reference": reference.double()}
    logits = torch.randn(3, 2, generator=torch.Generator().manual_seed(2)).double().requires_grad_()
    return objective.double().train(), Batch(logits, labels, tokens=tokens, content=CONTENT, count=8, **given)


def test_the_loss_is_the_mean_over_a_texts_first_slots_of_all_logits():
    objective, batch = small(weight=2.0, drift=0.5)
    decoder, (states, before) = objective.decoder, (batch.states[:, 0, 0], batch.reference[:, 0, 0])
    recovery = torch.zeros(()).double()
    for text, columns in ((0, [1, 2, 4]), (1, [0, 1])):
        read = decoder.reading @ layer_norm(states[text], (WIDTH,))
        logits = torch.stack([decoder.tokens @ (read + decoder.placing @ place) for place in decoder.places])
        right = batch.tokens[text, columns]
        recovery = recovery + cross_entropy(logits[: len(columns)], right) / 8
    drift = ((states - before).square().sum(-1) / before.square().sum(-1)).sum() / 8
    expected = cross_entropy(batch.logits, batch.labels, reduction="sum") / 8 + 2 * (recovery + 0.5 * drift)
    asked = [batch.states, batch.logits, *decoder.parameters()]
    wanted = torch.autograd.grad(expected, asked)
    loss = objective(batch)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-9)
    assert objective.parts["recovery"].item() == pytest.approx(recovery.item(), rel=1e-9)
    assert objective.parts["drift"].item() == pytest.approx(drift.item(), rel=1e-9)
    for got, want in zip(torch.autograd.grad(loss, asked), wanted, strict=True):
        torch.testing.assert_close(got, want, rtol=1e-6, atol=1e-9)


def test_the_decoder_warms_up_on_the_states_before_training():
    objective, batch = small(warm=2, drift=0.0, supervised=False)
    for _ in range(2):
        batch.states.grad = None
        objective(batch).backward()
        objective.step()
        assert batch.states.grad is None
    assert objective.decoder.tokens.grad.abs().max() > 0
    objective(batch).backward()
    assert batch.states.grad.abs().max() > 0


def test_a_training_that_goes_on_does_not_warm_up_again():
    first, batch = small(warm=1, drift=0.0)
    first(batch)
    first.step()
    second, _ = small(warm=1, drift=0.0)
    second.load_state_dict(first.state_dict())
    second(batch).backward()
    assert batch.states.grad.abs().max() > 0


def test_outside_training_it_reads_the_states_as_they_are():
    objective, batch = small(warm=5, drift=0.0)
    objective.eval()(batch).backward()
    assert batch.states.grad.abs().max() > 0


def test_a_decoder_of_any_seed_is_its_own_and_the_same_again():
    one, same, other = (TokenDecoder(WIDTH, VOCABULARY, 3, seed) for seed in (1, 1, 2))
    assert torch.equal(one.tokens, same.tokens)
    assert not torch.equal(one.tokens, other.tokens)
    assert one.tokens.shape == (VOCABULARY, 88)  # the bottleneck is no wider than what it reads


def test_drift_is_relative_to_the_state_before():
    reference = torch.tensor([[3.0, 4.0], [0.0, 2.0]])
    torch.testing.assert_close(relative_drift(reference * 1.5, reference), torch.tensor([0.25, 0.25]))


def test_what_it_reads():
    assert Recoverability().needs == {"states", "tokens", "reference"}
    assert Recoverability(drift=0, warm=0).needs == {"states", "tokens"}
    assert Recoverability(layer="final").select == Select(layers="final", tokens="content", reduce="mean")
    assert (Recoverability(0).needs, Recoverability(0).select) == (frozenset(), None)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"weight": 0, "supervised": False}, "recoverability of weight 0, not supervised: expected a loss"),
        ({"drift": -1}, "drift -1 of recoverability: expected 0 or more"),
        ({"warm": -1}, "warm -1 of recoverability: expected 0 steps or more"),
        ({"slots": 0}, "slots 0 of recoverability: expected 1 or more"),
        ({"layer": "0-1"}, "recoverability of layers 0-1: expected one layer"),
        ({"layer": 7}, "this model has layers 0-1"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(settings, words):
    with pytest.raises(InputError, match=words) as refused:
        make_objective("recoverability", **settings).prepare(facts())
    assert "\n" not in str(refused.value)
