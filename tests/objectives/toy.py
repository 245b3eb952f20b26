"""A tiny network in float64 that gives objectives all they may ask for, and a batch of it whole or in parts."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from infoplane.objectives import OBJECTIVES, Batch, Directions, Facts, Objective, Others

CLASSES, FEATURES, WIDTH, BLOCKS, PLACES, VOCABULARY = 3, 5, 4, 3, 2, 11
LABELS = torch.tensor([0, 1, 2, 0, 1, 2, 0, 1, 0, 2, 1, 2])
ROWS = len(LABELS)
PLACES_OF = torch.tensor([1, 2, 1, 1, 3, 1, 2, 1, 1, 1, 2, 1])

Settings = dict[str, object]


def facts() -> Facts:
    """What is known of the toy before training."""
    vectors = torch.randn(BLOCKS, CLASSES, WIDTH, generator=torch.Generator().manual_seed(5))
    return Facts(
        features=FEATURES,
        width=WIDTH,
        blocks=BLOCKS,
        vocabulary=VOCABULARY,
        class_counts=tuple(torch.bincount(LABELS).tolist()),
        directions=lambda: Directions(tuple(range(1, BLOCKS + 1)), vectors),
    )


class Toy(nn.Module):
    """Features, logits and states of the rows of a fixed table."""

    def __init__(self) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(3)
        self.table = torch.randn(ROWS, 6, generator=random, dtype=torch.float64)
        self.noise = torch.randn(ROWS, FEATURES, generator=random, dtype=torch.float64)
        self.body = nn.Parameter(torch.randn(6, FEATURES, generator=random, dtype=torch.float64) / 2)
        self.head = nn.Parameter(torch.randn(FEATURES, CLASSES, generator=random, dtype=torch.float64))
        self.tower = nn.Parameter(torch.randn(6, PLACES * (BLOCKS + 1) * WIDTH, generator=random, dtype=torch.float64))
        self.tokens = torch.randint(0, VOCABULARY, (ROWS, 5), generator=random)

    def features(self, rows: Tensor) -> Tensor:
        """(n, d)."""
        return torch.tanh(self.table[rows] @ self.body)

    def states(self, rows: Tensor) -> Tensor:
        """(n, places, layers, width) of layers 0 to L."""
        return (self.table[rows] @ self.tower).view(len(rows), PLACES, BLOCKS + 1, WIDTH)

    def batch(self, objective: Objective, rows: Tensor, *, places: bool) -> Batch:
        """What `objective` sees of `rows`; `places`: answers of one to three tokens in place of one class each."""
        features = self.features(rows)
        owner = torch.arange(len(rows)).repeat_interleave(PLACES_OF[rows]) if places else torch.arange(len(rows))
        turn = torch.cat([torch.arange(int(many)) for many in PLACES_OF[rows]]) if places else torch.zeros(len(rows))
        shifted = features[owner] + turn[:, None].to(features.dtype) / 3
        again = torch.tanh(features + self.noise[rows])[owner] + turn[:, None].to(features.dtype) / 3
        given = {
            "features": features,
            "teacher": (self.noise[rows] @ self.head.detach())[owner],
            "again": again @ self.head,
            "tokens": self.tokens[rows],
            "content": torch.arange(5) < (2 + LABELS[rows])[:, None],
            **self._seen(objective, rows),
        }
        if places:
            given |= {"owner": owner, "targets": (LABELS[rows][owner] + turn) % CLASSES}
        return Batch(logits=shifted @ self.head, labels=LABELS[rows], **given)

    def _seen(self, objective: Objective, rows: Tensor) -> dict[str, Tensor]:
        if objective.select is None:
            return {}
        layers = [BLOCKS if layer == "final" else layer for layer in objective.select.resolve_layers(BLOCKS)]
        states = self.states(rows)[:, :, layers]
        present = torch.ones(len(rows), PLACES, dtype=torch.bool)
        present[:, 1] = LABELS[rows] > 0
        if objective.select.reduce != "none":
            states, present = states[:, :1], present[:, :1]
        return {"states": states, "present": present, "reference": states.detach() * 0.7 + 0.1}


def made(name: str, settings: Settings) -> Objective:
    """An objective in float64 that was prepared, shown whatever it wants to see, and has made a first step."""
    objective = OBJECTIVES[name](**settings).double()
    torch.manual_seed(0)
    objective.prepare(facts())
    objective.double().train()
    toy, everything = Toy(), torch.arange(ROWS)
    features = toy.features(everything).detach()
    if objective.refresh != "never":
        objective.see_all(features, LABELS)
    if objective.drawn:
        objective.see_drawn(features[:9], LABELS[:9])
    objective(toy.batch(objective, everything, places=False))
    objective.step()
    return objective


def part(
    toy: Toy, objective: Objective, rows: Tensor, everything: Tensor, others: Others | None, *, places: bool
) -> Batch:
    """The batch of `rows` as a loop gives it to `objective`: one part of `everything`."""
    batch = replace(toy.batch(objective, rows, places=places), count=len(everything))
    return replace(batch, others=others) if objective.meets else batch


def gradients(
    name: str,
    settings: Settings,
    parts: Sequence[Tensor],
    *,
    places: bool = False,
    everything: Tensor | None = None,
    gather: Callable[[Tensor], Tensor] = lambda mine: mine,
    reduce: Callable[[Tensor], Tensor] = lambda mine: mine,
) -> dict[str, Tensor]:
    """Loss, gradients and what the objective keeps after one step over `parts`, the own ones of a whole batch.

    gather  gives rows of all processes, reduce sums over them.
    """
    toy, objective = Toy(), made(name, settings)
    everything = torch.cat(list(parts)) if everything is None else everything
    features, rows_there = gather(toy.features(torch.cat(list(parts))).detach()), gather(torch.cat(list(parts)))
    total = torch.zeros((), dtype=torch.float64)
    for rows in parts:
        rest = ~torch.isin(rows_there, rows)
        loss = objective(
            part(toy, objective, rows, everything, Others(features[rest], LABELS[rows_there[rest]]), places=places)
        )
        loss.backward()
        total += loss.detach()
    found = {"loss": reduce(total)}
    for key, weight in [*toy.named_parameters(), *objective.named_parameters()]:
        found[f"gradient {key}"] = reduce(weight.grad if weight.grad is not None else torch.zeros_like(weight))
    objective.step(reduce)
    return found | {f"kept {key}": value.double() for key, value in objective.named_buffers()}
