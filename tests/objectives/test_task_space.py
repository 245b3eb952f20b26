"""T0.13, on states h(b) = h0 + b v with one number b to learn, and what the settings of TS-FT mean."""

import pytest
import torch
from torch import nn

from infoplane._errors import InputError
from infoplane.models import Select
from infoplane.objectives import Batch, Directions, Facts, TaskSpaceMSE, make_objective, task_space_mse

CLASSES, WIDTH, BLOCKS, ROWS = 2, 6, 4, 5
LABELS = torch.tensor([0, 1, 1, 0, 1])
RATE = 0.3


def vectors() -> torch.Tensor:
    return torch.randn(BLOCKS, CLASSES, WIDTH, generator=torch.Generator().manual_seed(1))


def facts(**changes) -> Facts:
    made = Directions(tuple(range(1, BLOCKS + 1)), vectors())
    return Facts(**({"features": 3, "width": WIDTH, "blocks": BLOCKS, "vocabulary": 9, "class_counts": (2, 3),
                     "directions": lambda: made} | changes))  # fmt: skip


def prepared(**settings) -> TaskSpaceMSE:
    objective = TaskSpaceMSE(1.0, **settings)
    objective.prepare(facts())
    return objective.double().train()


def batch(states: torch.Tensor, reference: torch.Tensor, **given) -> Batch:
    return Batch(torch.zeros(len(states), CLASSES).double(), LABELS, states=states, reference=reference, **given)


def path(objective: TaskSpaceMSE, steps: int) -> tuple[list[float], list[float]]:
    """b after every step of gradient descent, and the added term before it; every label has its own v, all one b."""
    before = torch.randn(ROWS, 1, 1, WIDTH, dtype=torch.float64)
    b = torch.zeros((), dtype=torch.float64, requires_grad=True)
    found, terms = [], []
    for _ in range(steps):
        objective(batch(before + b * objective.vectors[LABELS][:, None], before)).backward()
        with torch.no_grad():
            b -= RATE * b.grad
        b.grad = None
        objective.step()
        found.append(b.item())
        terms.append(objective.parts["task_space"].item())
    return found, terms


def speed(objective: TaskSpaceMSE) -> float:
    """2 eta E|v|^2 / d."""
    return 2 * RATE * objective.vectors[LABELS].square().sum(-1).mean().item() / WIDTH


PAPER = {"layers": 2, "scale": "paper"}


def test_frozen_reference_goes_to_its_target_as_a_geometric_series():
    objective = prepared(**PAPER)
    found, terms = path(objective, 12)
    assert found == pytest.approx([1 - (1 - speed(objective)) ** k for k in range(1, 13)], rel=1e-6)
    assert terms[-1] < 0.01 * terms[0]


def test_self_detached_pushes_for_ever_under_a_loss_that_stays():
    objective = prepared(**PAPER, reference="self_detached")
    found, terms = path(objective, 12)
    assert found == pytest.approx([speed(objective) * k for k in range(1, 13)], rel=1e-6)
    assert terms == pytest.approx([terms[0]] * 12, rel=1e-9)
    assert objective.needs == {"states"}


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.9])
def test_a_reference_that_follows_lets_the_target_run_at_the_speed_of_its_decay(decay):
    objective = prepared(**PAPER, reference="ema_ref", decay=decay)
    found, _ = path(objective, 200)
    push = speed(objective)
    lag = 1 / (1 - decay)  # steps that the running mean is behind
    assert found[-1] - found[-2] == pytest.approx(push / (1 + push * lag), rel=1e-6)


def test_the_papers_own_target_has_no_gradient_and_is_refused():
    states = torch.randn(ROWS, 2, 1, WIDTH, requires_grad=True)
    v = vectors()[1][LABELS][:, None, None]
    distances = task_space_mse(states, states + v)
    distances.sum().backward()
    assert states.grad.abs().max() == 0
    torch.testing.assert_close(distances[:, 0], v.square().sum(-1)[:, 0, 0])
    with pytest.raises(InputError, match=r"reference 'undetached', of which the loss is constant.*use frozen_ref\."):
        TaskSpaceMSE(reference="undetached")


@pytest.mark.parametrize("layers", [1, "all", [2, 4]])
def test_the_term_begins_at_the_square_of_the_strength_at_any_layers(layers):
    objective = prepared(layers=layers, strength=1.5)
    states = torch.randn(ROWS, 3, len(objective.select.resolve_layers(BLOCKS)), WIDTH).double()
    objective(batch(states, states))
    assert objective.parts["task_space"].item() == pytest.approx(1.5**2, rel=1e-6)


def test_paper_scale_is_the_sum_over_layers_of_squares_over_the_width():
    objective = prepared(layers="1,3", scale="paper")
    states = torch.randn(ROWS, 2, 2, WIDTH).double()
    objective(batch(states, states))
    expected = sum(vectors()[layer][LABELS].square().mean() for layer in (0, 2))
    assert objective.parts["task_space"].item() == pytest.approx(expected.item(), rel=1e-6)


def test_places_that_are_not_there_count_nothing():
    objective = prepared(layers=2)
    states, before = torch.randn(2, ROWS, 3, 1, WIDTH).double()
    present = torch.tensor([[1, 1, 0], [1, 0, 0], [1, 1, 1], [1, 0, 1], [1, 0, 0]]).bool()
    states.requires_grad_()
    objective(batch(states, before, present=present)).backward()
    alone = [
        task_space_mse(states[i, present[i]][None], before[i, present[i]][None] + objective.vectors[LABELS[i]]).detach()
        for i in range(ROWS)
    ]
    expected = torch.stack(alone).mean() * objective.share[0]
    assert objective.parts["task_space"].item() == pytest.approx(expected.item(), rel=1e-6)
    assert states.grad[~present].abs().max() == 0
    assert (states.grad[present].abs().sum(-1) > 0).all()


def test_what_it_reads():
    assert prepared().select == Select(layers=2)  # the middle third of 4 blocks
    assert prepared(tokens="all", layers="1-2").select == Select(layers="1-2", tokens="all")
    encoder, larger = TaskSpaceMSE(), TaskSpaceMSE()
    encoder.prepare(facts(decoder=False))
    assert encoder.select == Select(layers=2, tokens="content", reduce="mean")
    made = Directions(tuple(range(1, 33)), torch.ones(32, CLASSES, WIDTH))
    larger.prepare(facts(blocks=32, directions=lambda: made))
    assert larger.select == Select(layers=(11, 16, 21))


def test_without_weight_nothing_is_asked_for():
    objective = TaskSpaceMSE(0)
    objective.prepare(facts(directions=None))
    assert (objective.needs, objective.select) == (frozenset(), None)


@pytest.mark.parametrize(
    ("settings", "changes", "words"),
    [
        ({}, {"directions": None}, "task-space without directions: expected those of a task space"),
        ({}, {"width": 7}, r"\(2, 6\): expected \(2, 7\); build the space of this model"),
        ({"layers": 0}, {}, "layer 0 of task-space: expected layers among 1 to 4"),
        ({"layers": 9}, {}, "this model has layers 0-4"),
        ({"layers": "x"}, {}, "'x' is no layer"),
        ({"reference": "ema"}, {}, "reference 'ema': expected one of frozen_ref, ema_ref, self_detached"),
        ({"scale": "width"}, {}, "scale 'width': expected one of size, paper"),
        ({"decay": 1.5}, {}, "decay of task-space 1.5: expected a share from 0 to 1"),
        ({}, {"directions": lambda: Directions((1, 2), torch.zeros(2, CLASSES, WIDTH))}, "directions that are zero"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line(settings, changes, words):
    with pytest.raises(InputError, match=words) as refused:
        make_objective("task-space", **settings).prepare(facts(**changes))
    assert "\n" not in str(refused.value)


def test_a_batch_without_states_says_so():
    with pytest.raises(InputError, match="a batch without states: expected what task-space reads"):
        prepared()(Batch(torch.zeros(5, CLASSES).double(), LABELS))


def test_a_reference_of_other_places_is_refused_rather_than_spread():
    states = torch.randn(ROWS, 3, 1, WIDTH).double()
    with pytest.raises(
        InputError, match=r"reference of places and layers \(1, 1\): expected \(3, 1\) as of the states"
    ):
        prepared()(batch(states, states[:, :1]))


def test_it_takes_a_network_where_the_directions_point():
    """A linear network: cross-entropy and the pull, trained; states of every label move along their own v."""
    torch.manual_seed(0)
    objective = prepared(layers=4)
    texts = torch.randn(ROWS, 8).double()
    body, head = nn.Linear(8, WIDTH).double(), nn.Linear(WIDTH, CLASSES).double()
    before = body(texts).detach()[:, None, None]
    optimizer = torch.optim.Adam([*body.parameters(), *head.parameters()], 0.05)
    for _ in range(300):
        states = body(texts)
        given = {"states": states[:, None, None], "reference": before}
        objective(Batch(head(states), LABELS, **given)).backward()
        optimizer.step()
        optimizer.zero_grad()
    moved = body(texts).detach() - before[:, 0, 0]
    torch.testing.assert_close(moved, objective.vectors[LABELS][:, 0], atol=0.05, rtol=0)
