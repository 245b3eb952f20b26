"""The `Batch` of a forward pass that the Trainer of Hugging Face has made."""

import copy
from collections.abc import Collection
from typing import Any

import torch
from torch import Tensor, nn

from infoplane._errors import InputError, one_line
from infoplane.models import evaluating
from infoplane.objectives._batch import Batch
from infoplane.objectives._objective import Objective
from infoplane.objectives._places import Places, classified, content_of, said, selected
from infoplane.objectives._taps import CLASSES, Taps, logits_of, run_again


class Passes:
    """What forwards of `network`, of itself before training and of `teacher` give to `objective`.

    special  tokens that are never content
    classes  whether examples have classes other than the tokens they are
    """

    def __init__(self, objective: Objective, network: nn.Module, teacher: nn.Module | None, *, classes: bool) -> None:
        if teacher is None and "teacher" in objective.needs:
            came = f"TrainerLoss of {objective.name} without a teacher"
            raise InputError(one_line(came, "a network with the same outputs", "give teacher=network"))
        self._objective, self._teacher, self._classes = objective, teacher, classes
        before = copy.deepcopy(network).requires_grad_(False) if "reference" in objective.needs else None
        self._before = None if before is None else Taps(before, objective.select)
        self.taps = Taps(network, objective.select)
        self.special: Collection[int] = ()

    def batch(self, outputs: Any, labels: Tensor, count: int | None) -> Batch:
        """The batch of the forward that gave `outputs`; its examples are the texts, or the tokens that are said.

        `count`: of the whole batch. Raises InputError where the tokens of a batch come without their classes.
        """
        given, taps, needs = self.taps.given, self.taps, self._objective.needs
        places, logits = self._places(labels), logits_of(outputs)
        fields = self._fields(labels, places)
        if self._teacher is not None and "teacher" in needs:
            with evaluating(self._teacher):
                fields["teacher"] = places.of(logits_of(run_again(self._teacher, given)))
        if "again" in needs:
            again = logits_of(run_again(taps.network, given)) if taps.plain.training else logits
            fields["again"] = places.of(again)
        of = self._classes_of(given, labels, places)
        return Batch(places.of(logits), of, places.targets, count=len(of) if count is None else count, **fields)

    def examples(self, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Features (m, d) and classes (m,) of the examples of the last forward."""
        places = self._places(labels)
        return places.of(self.taps.features), self._classes_of(self.taps.given, labels, places)

    def _places(self, labels: Tensor) -> Places:
        if labels.dim() > 1:
            return said(labels, decoder=self.taps.decoder)
        padding = self.taps.plain.config.get_text_config().pad_token_id
        return classified(self.taps.given["input_ids"], labels, padding, decoder=self.taps.decoder)

    def _classes_of(self, given: dict[str, Tensor], labels: Tensor, places: Places) -> Tensor:
        """The class of every example."""
        if CLASSES in given:
            return given[CLASSES][places.rows]
        if self._classes and labels.dim() > 1:
            came = "a batch of tokens without the classes of their texts"
            raise InputError(one_line(came, f"a column {CLASSES!r}", "add it and set remove_unused_columns=False"))
        return places.targets

    def _fields(self, labels: Tensor, places: Places) -> dict[str, Any]:
        """What the objective reads of the network inside, and before training."""
        needs, select, given = self._objective.needs, self._objective.select, self.taps.given
        ids = given["input_ids"]
        fields: dict[str, Any] = {"features": places.of(self.taps.features)} if "features" in needs else {}
        if not needs & {"states", "reference", "tokens"}:
            return fields
        mask = given["attention_mask"].bool() if "attention_mask" in given else torch.ones_like(ids, dtype=torch.bool)
        content = content_of(ids, mask, self.special, labels)
        fields |= {"tokens": ids[places.rows], "content": content[places.rows]}
        if select is not None and (states := self.taps.states()) is not None:
            fields["states"], fields["present"] = selected(states, select, places, mask, content)
        if select is not None and self._before is not None:
            with evaluating(self._before.network):
                run_again(self._before.network, given)
            if (states := self._before.states()) is not None:
                fields["reference"] = selected(states, select, places, mask, content)[0]
        return fields
