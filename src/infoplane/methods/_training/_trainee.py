"""A network that is trained, and what a forward pass of it gives to objectives."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from infoplane._errors import InputError, one_line
from infoplane.methods._training._examples import Examples, class_examples, prompt_examples, shortened
from infoplane.methods._training._network import class_network, head_of, saying_network
from infoplane.methods._training._recipe import Recipe
from infoplane.models import HeadInput, LanguageModel, Select, Watch, evaluating, find_anatomy, last_map, select_tokens
from infoplane.objectives import Batch, Objective

if TYPE_CHECKING:
    from infoplane.tasks import Split, Task

_TOKENS = 8192  # of a batch without gradients
_CPU_TOKENS = 2048

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Passed:
    """What one forward pass gave: logits of every place, features and states as `Batch` has them, hidden (n, t, d)."""

    logits: Tensor
    features: Tensor
    hidden: Tensor
    states: Tensor | None


class Trainee:
    """The network of `lm` again, in float32, with a head for the classes of `task`; `lm` itself is left as it is.

    head "class" puts a linear map on an encoder as its family does, and on a decoder's final state of the last token;
    head "labels" is the causal network itself, which says the label's tokens behind the task's prompt.
    `network` may be given: one that was made elsewhere, as a student.
    """

    def __init__(self, lm: LanguageModel, task: "Task", recipe: Recipe, seed: int = 0, network: Any = None) -> None:
        self.lm, self.task, self.recipe = lm, task, recipe
        self.head = head_of(lm, recipe.head)
        if recipe.language_weight and self.head != "labels":
            came = f"language_weight {recipe.language_weight} with {lm.name} and head {self.head}"
            raise InputError(one_line(came, "a causal model that says labels", "leave it at 0"))
        if network is not None:
            self.network = network
        else:
            self.network = class_network(lm, task, seed) if self.head == "class" else saying_network(lm)
        self.watch: Watch | None = None
        self.hidden: Tensor | None = None

    @property
    def saying(self) -> bool:
        """Whether it says labels, token by token."""
        return self.head == "labels"

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return torch.device(next(self.network.parameters()).device)

    @cached_property
    def last(self) -> nn.Linear:
        """The last linear map: to the classes, or to the tokens."""
        return last_map(self.network)

    @cached_property
    def head_input(self) -> HeadInput:
        """What the last linear map of an encoder reads."""
        return HeadInput(self.network)

    @cached_property
    def anatomy(self) -> Any:
        """The parts of the network."""
        return find_anatomy(self.network, decoder=self.lm.kind == "decoder")

    @property
    def feature_width(self) -> int:
        """Width of the features."""
        pooled = not self.saying and self.recipe.features == "pooled"
        return self.last.in_features if pooled else self.lm.width

    def examples(self, split: "Split") -> Examples:
        """`split` as tensors."""
        length = self.recipe.max_length
        if self.lm.kind == "encoder":
            return class_examples(self.lm, split, length).to(self.device)
        return prompt_examples(self.lm, self.task, split, length, answered=self.saying).to(self.device)

    @contextmanager
    def watched(self, select: Select | None) -> Iterator[None]:
        """Inside, forward passes keep the states that `select` names."""
        if select is None:
            yield
            return
        self.watch = Watch(self.network, select, decoder=self.lm.kind == "decoder")
        try:
            with self.watch.watching():
                yield
        finally:
            self.watch = None

    def run(self, examples: Examples) -> Passed:
        """A forward pass over `examples`, in the precision of the recipe."""
        with self._precision():
            passed = self._decode(examples) if self.lm.kind == "decoder" else self._encode(examples)
        states = None if self.watch is None else self.watch.states()
        return Passed(passed[0].float(), passed[1].float(), passed[2], states)

    def batch(self, examples: Examples, objective: Objective, **given: Any) -> Batch:
        """What `objective` sees of `examples`; `given` are fields that no pass of this network gives."""
        passed = self.run(examples)
        if "again" in objective.needs:
            given["again"] = self.run(examples).logits
        if self.saying:
            given["owner"] = examples.emitting.nonzero()[:, 0]
            given["targets"] = examples.targets[examples.emitting]
        if objective.select is not None and passed.states is not None:
            given["states"], given["present"] = chosen(passed.states, examples, objective.select)
        if "tokens" in objective.needs:
            given["tokens"], given["content"] = examples.ids, examples.content
        self.hidden = passed.hidden
        return Batch(logits=passed.logits, labels=examples.labels, features=passed.features, **given)

    def _precision(self) -> AbstractContextManager[Any]:
        if self.recipe.precision == "no":
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    def _decode(self, examples: Examples) -> tuple[Tensor, Tensor, Tensor]:
        """Padding stands behind what is read, where a causal network does not look: it needs no mask."""
        hidden = self.anatomy.backbone(input_ids=examples.ids, use_cache=False)[0]
        rows = torch.arange(len(examples), device=hidden.device)
        features = self._features(hidden, examples, hidden[rows, examples.prompts - 1])
        if not self.saying:
            return self.last(features), features, hidden
        owner, place = examples.emitting.nonzero(as_tuple=True)
        return self.anatomy.logits(hidden[owner, examples.emits[owner, place]]), features, hidden

    def _encode(self, examples: Examples) -> tuple[Tensor, Tensor, Tensor]:
        places = torch.arange(examples.ids.shape[1], device=examples.ids.device)
        asked = {"input_ids": examples.ids, "attention_mask": (places < examples.lengths[:, None]).long()}
        asked |= {} if examples.types is None else {"token_type_ids": examples.types}
        states: list[Tensor] = []
        final = self.anatomy.backbone.register_forward_hook(lambda _, __, output: states.append(output[0]))
        try:
            with self.head_input.reading():
                logits = self.network(**asked).logits
        finally:
            final.remove()
        (hidden,) = states
        pooled = self.recipe.features == "pooled"
        return logits, self.head_input.features if pooled else self._features(hidden, examples, hidden[:, 0]), hidden

    def _features(self, hidden: Tensor, examples: Examples, first: Tensor) -> Tensor:
        return mean_of(hidden, examples.content) if self.recipe.features == "mean" else first

    def predicted(self, split: "Split", examples: Examples) -> Floats:
        """Scores (n, C) of the classes, float64: logits, or log p(label | prompt) in nats; without dropout."""
        return self._said(split) if self.saying else self._scores(self._looked(examples)[0])

    def judged(self, split: "Split", examples: Examples) -> tuple[Floats, Tensor]:
        """`predicted` and `features` from the same passes."""
        logits, features = self._looked(examples)
        return self._said(split) if self.saying else self._scores(logits), features

    def features(self, examples: Examples) -> Tensor:
        """The features (n, d) of all examples, without gradient and dropout."""
        return self._looked(examples)[1]

    def _said(self, split: "Split") -> Floats:
        speaker = LanguageModel(self.network, self.lm.tokenizer, name=self.lm.name)
        speaker.renderer = shortened(speaker, self.task, self.recipe.max_length)
        return speaker.score(
            [self.task.prompt(text, split.pair(row)) for row, text in enumerate(split.texts)], self.task.answers
        )

    @staticmethod
    def _scores(logits: Tensor) -> Floats:
        scores: Floats = logits.double().cpu().numpy()
        return scores

    def _looked(self, examples: Examples) -> tuple[Tensor, Tensor]:
        """Logits, where every example has one place, and features of all examples, without gradient and dropout."""
        most = _CPU_TOKENS if self.device.type == "cpu" else _TOKENS
        order = torch.argsort(examples.lengths, stable=True)
        with evaluating(self.network):
            passed = [self.run(examples.take(rows)) for rows in packed(examples.lengths[order], order, most)]
        back = torch.argsort(order)
        logits = torch.cat([one.logits for one in passed])
        return logits if self.saying else logits[back], torch.cat([one.features for one in passed])[back]


def chosen(states: Tensor, examples: Examples, select: Select) -> tuple[Tensor, Tensor | None]:
    """Of states (n, t, layers, width) those of the tokens `select` names, (n, places, layers, width); which there are.

    tokens "last": the last of the prompt and those that emit the answer. Raises InputError for tokens by number.
    """
    if select.tokens == "last":
        rows = torch.arange(len(examples), device=states.device)[:, None]
        return states[rows, examples.emits], examples.emitting
    places = torch.arange(states.shape[1], device=states.device)
    return select_tokens(states, select, examples.content, places < examples.lengths[:, None])


def mean_of(hidden: Tensor, content: Tensor) -> Tensor:
    """The mean of states (n, t, d) over the content."""
    return (hidden * content[:, :, None]).sum(1) / content.sum(1, keepdim=True).clamp(min=1)


def packed(lengths: Tensor, rows: Tensor, most: int) -> list[Tensor]:
    """`rows`, whose `lengths` rise, in batches of at most `most` tokens with padding."""
    batches, start = [], 0
    for stop in range(1, len(rows) + 1):
        if stop == len(rows) or int(lengths[stop]) * (stop + 1 - start) > most:
            batches.append(rows[start:stop])
            start = stop
    return batches
