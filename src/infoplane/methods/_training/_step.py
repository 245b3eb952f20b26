"""One step: the loss of a batch, however many parts and processes run it, its gradient, and the optimiser's move."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from infoplane.methods._training._beside import Beside
from infoplane.methods._training._devices import Devices
from infoplane.methods._training._dropout import Masks
from infoplane.methods._training._examples import Examples
from infoplane.methods._training._losses import GRADIENT_NORM
from infoplane.methods._training._recipe import Recipe
from infoplane.methods._training._trainee import Trainee
from infoplane.objectives import Objective, Others

Rows = NDArray[np.int64]


class Stepper:
    """Takes the steps of a training; `parts` are the terms of the loss of the last one, summed over the batch."""

    def __init__(
        self,
        trainee: Trainee,
        objective: Objective,
        examples: Examples,
        beside: Beside,
        devices: Devices,
        *,
        steps: int,
        seed: int,
    ) -> None:
        self.trainee, self.objective, self.examples, self.beside = trainee, objective, examples, beside
        self.devices, self.recipe, self.steps, self.seed = devices, trainee.recipe, steps, seed
        self.weights = [weight for weight in trainee.network.parameters() if weight.requires_grad]
        self.weights += list(objective.parameters())
        self.rate = self.recipe.rate(small=trainee.lm.small)
        self.optimizer = optimizer(trainee.network, objective, self.recipe, self.rate)
        self.masks = Masks()
        self.parts: dict[str, Tensor] = {}

    def take(self, number: int, rows: Rows) -> Tensor:
        """Step `number` on the batch `rows` of the training examples; its loss, of this process's examples alone."""
        own = np.array_split(rows[self.devices.rank :: self.devices.world], self.recipe.accumulate)
        self._show_drawn(number, rows)
        others = self._others(number, own)
        self.parts, loss = {}, torch.zeros((), device=self.examples.ids.device)
        for at, part in enumerate(own):
            if len(part):
                one = self._loss(number, at, part, others[at], len(rows))
                one.backward()  # type: ignore[no-untyped-call]
                loss = loss + one.detach()
        self._move(number)
        self.objective.step(self.devices.summed)
        return loss

    def _loss(self, number: int, at: int, part: Rows, others: Others | None, count: int) -> Tensor:
        examples = self.examples.take(part)
        self._draw_dropout(number, at)
        batch = self.trainee.batch(
            examples, self.objective, others=others, count=count, **self.beside.of(part, examples)
        )
        loss: Tensor = self.objective(batch)
        told = dict(self.objective.parts)
        if self.recipe.language_weight:
            language = language_loss(self.trainee, examples) / count
            loss, told["language"] = loss + self.recipe.language_weight * language, language.detach()
        for name, value in told.items():
            self.parts[name] = self.parts.get(name, torch.zeros_like(value)) + value
        return loss

    def _draw_dropout(self, number: int, at: int) -> None:
        """Dropout of a part follows from the seed, the step and the part: a step taken again is the same."""
        part = at * self.devices.world + self.devices.rank
        drawn = int(np.random.SeedSequence([self.seed, 5, number, part]).generate_state(1)[0])
        self.masks.seed(drawn)
        on_cpu = self.examples.ids.device.type == "cpu"
        (torch.default_generator if on_cpu else torch).manual_seed(drawn)  # asking every kind of device takes 0.1 ms

    def _others(self, number: int, own: Sequence[Rows]) -> list[Others | None]:
        """For every part the features of the rest of the batch, where the objective lets examples meet."""
        if not self.objective.meets or (self.devices.world == 1 and len(own) == 1):
            return [None] * len(own)
        found = []
        with torch.no_grad():
            for at, part in enumerate(own):
                self._draw_dropout(number, at)
                found.append(self.trainee.run(self.examples.take(part)).features if len(part) else None)
        width, device = self.trainee.feature_width, self.examples.ids.device
        features = torch.cat([torch.empty(0, width, device=device) if one is None else one for one in found])
        labels = self.examples.labels[torch.from_numpy(np.concatenate(own)).to(device)]
        (everyone, mine), (classes, _) = self.devices.gather(features), self.devices.gather(labels)
        return [self._without(everyone, classes, mine.start, own, at) for at in range(len(own))]

    @staticmethod
    def _without(features: Tensor, labels: Tensor, start: int, own: Sequence[Rows], at: int) -> Others:
        begin = start + sum(len(part) for part in own[:at])
        rest = torch.ones(len(labels), dtype=torch.bool, device=labels.device)
        rest[begin : begin + len(own[at])] = False
        return Others(features[rest], labels[rest])

    def _show_drawn(self, number: int, rows: Rows) -> None:
        """Show the objective examples of every class of the batch, drawn anew, where it asks for them."""
        if not self.objective.drawn:
            return
        rng = np.random.default_rng([self.seed, 6, number])
        labels = self.examples.labels.cpu().numpy()
        drawn = [
            rng.permutation(np.flatnonzero(labels == label))[: self.objective.drawn]
            for label in np.unique(labels[rows])
        ]
        examples = self.examples.take(np.concatenate(drawn))
        self.objective.see_drawn(self.trainee.features(examples), examples.labels)

    def _move(self, number: int) -> None:
        for weight in self.weights:  # those without a gradient decay as the others, in any number of processes
            weight.grad = torch.zeros_like(weight) if weight.grad is None else weight.grad
        self.devices.sum_([weight.grad for weight in self.weights if weight.grad is not None])
        norm = nn.utils.clip_grad_norm_(self.weights, self.recipe.clip or float("inf"))
        self.parts[GRADIENT_NORM] = norm / self.devices.world  # the parts of all processes are summed
        for group in self.optimizer.param_groups:
            group["lr"] = group["highest"] * self.recipe.factor(number, self.steps)
        self.optimizer.step()
        self.optimizer.zero_grad()


def optimizer(network: nn.Module, objective: Objective, recipe: Recipe, rate: float) -> torch.optim.Optimizer:
    """Fused AdamW up to `rate`; biases, norms and what an objective learns do not decay."""
    trained = [weight for weight in network.parameters() if weight.requires_grad]
    groups = [
        {"params": [weight for weight in trained if weight.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [weight for weight in trained if weight.ndim <= 1], "weight_decay": 0.0},
        {"params": list(objective.parameters()), "weight_decay": 0.0, "highest": max(rate, objective.learning_rate)},
    ]
    kept = [{"highest": rate, **group} for group in groups if group["params"]]
    return torch.optim.AdamW(kept, lr=rate, fused=True)


def language_loss(trainee: Trainee, examples: Examples) -> Tensor:
    """L_1 of the CMI paper's eq. 4: cross-entropy of the prompt's own tokens, the sum over examples of their means."""
    hidden = trainee.hidden
    assert hidden is not None, "a causal network"
    places = torch.arange(1, examples.ids.shape[1], device=examples.ids.device)
    said = places < examples.prompts[:, None]
    logits = trainee.anatomy.logits(hidden[:, :-1][said])
    losses = cross_entropy(logits, examples.ids[:, 1:][said], reduction="none")
    return (losses / said.sum(1).clamp(min=1)[said.nonzero()[:, 0]]).sum()
