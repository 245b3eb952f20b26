"""A labelled task: what is asked, of which texts, and how answers are judged."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from numpy.typing import ArrayLike

from infoplane._errors import TaskError, one_line
from infoplane._prompt import Prompt
from infoplane.tasks._metrics import CLASSIFICATION, evaluate
from infoplane.tasks._split import Split
from infoplane.tasks._template import Template


@dataclass(frozen=True, eq=False)
class Task:
    """Texts with labels in four splits that share no group and no text.

    direction: directions are built from it, and examples retrieved   measure: information is estimated on it
    tune: layers, doses and other choices are made on it              test: accuracies are told on it

    aspect: the word the prompt asks for   label_names: the labels as words, none for a task of scores
    metrics: the metrics the task is known by   excluded: reason -> number of examples left out
    notes: sentences on choices made in loading that a reader of its numbers should know
    part_of: the fingerprint of the task that this is a subset of, if it is one
    """

    name: str
    aspect: str
    label_names: tuple[str, ...]
    splits: Mapping[str, Split]
    template: Template
    metrics: tuple[str, ...] = CLASSIFICATION
    excluded: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    part_of: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels as words. Raises TaskError for a task of scores, which has none."""
        if not self.label_names:
            do = f"its metrics are {' and '.join(self.metrics)}, for measures of labels choose another task"
            raise TaskError(one_line(f"task {self.name} gives scores", "labels", do))
        return self.label_names

    @property
    def answers(self) -> tuple[str, ...]:
        """The labels as they continue a prompt, after a space."""
        return tuple(f" {label}" for label in self.labels)

    @property
    def pool(self) -> Split:
        """Where examples may be retrieved from: the direction split, disjoint from all that is measured or tuned."""
        return self.splits["direction"]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the labels and of every split's texts, labels and groups, in order."""
        told = hashlib.sha256(repr((self.aspect, self.label_names)).encode())
        for name in sorted(self.splits):
            split = self.splits[name]
            told.update(repr((name, split.texts, split.pairs, split.ids)).encode())
            for array in (split.labels, split.groups, split.scores):
                told.update(b"" if array is None else array.tobytes())
        return told.hexdigest()

    @property
    def origin(self) -> str:
        """The fingerprint of the whole task: equal where no example is in two different splits."""
        return self.part_of or self.fingerprint

    def prompt(self, text: str, pair: str | None = None) -> Prompt:
        """What asks for the label of a text, or of a pair: "Dialogue: ..." and "Emotion:"."""
        return self.template.prompt(text, pair)

    def contrast_prompt(self, label: str, text: str, pair: str | None = None) -> Prompt:
        """The same prompt behind the instruction to take the perspective of `label`, right or wrong."""
        return self.template.contrast(self.aspect, label, text, pair)

    def few_shot_prompt(self, examples: Sequence[tuple[str, ...]], text: str, pair: str | None = None) -> Prompt:
        """The same prompt behind answered examples: (text, label), or (text, pair, label) in a task of pairs."""
        return self.template.few_shot(examples, text, pair)

    def evaluate(self, y_true: ArrayLike, y_pred: ArrayLike) -> dict[str, float]:
        """The task's metrics, then accuracy and macro-F1 over all labels, so that tasks can be compared.

        y_true, y_pred: (n,) indices into labels, -1 for an answer that names none and is wrong; scores for a task of
        scores. Raises InputError for anything else.
        """
        metrics = dict.fromkeys(self.metrics + (CLASSIFICATION if self.label_names else ()))
        return evaluate(tuple(metrics), y_true, y_pred, len(self.label_names))

    def subset(self, max_examples: int, seed: int = 0) -> "Task":
        """The task with at most `max_examples` a split, labels in proportion; see `Split.stratified`."""
        splits = {name: split.stratified(max_examples, seed) for name, split in self.splits.items()}
        return replace(self, splits=splits, part_of=self.origin)
