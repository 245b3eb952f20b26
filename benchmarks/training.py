"""Steps of fine-tuning beside those of the Trainer of Hugging Face, of objectives beside plain cross-entropy.

    python benchmarks/training.py            a table
    python benchmarks/training.py --json     the same as one JSON document

Both sides are whole trainings of a random BERT of 4 blocks, stopped after every 10 steps and timed in turn: `finetune`
and `Trainer.train` as a user calls them, without what stands before the first step and after an epoch. Both have
dropout, fused AdamW, linear decay and gradients clipped at 1, and no tracker. "difference" is left out there, as their
orders of examples are others; for the losses over a vocabulary it is that of value and gradients.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import vocabulary
from datasets import Dataset
from lockstep import Walk
from paired import VOCABULARY, Case, Row, make_tokenizer, run, words_of
from tokenizers import pre_tokenizers
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    BertForMaskedLM,
    PreTrainedTokenizerFast,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    default_data_collator,
)

from infoplane.methods import Recipe, finetune
from infoplane.models import load_model
from infoplane.spaces import TaskSpace
from infoplane.tasks import Split, Task, load_task

BATCH, STEPS, CLASSES, RATE = 16, 10, 32, 5e-4
EXAMPLES, CONTEXT = 200 * BATCH, 128


@dataclass(frozen=True)
class Small:
    """A random BERT of 4 blocks of `width` in `folder`, and a task whose texts have `length` tokens."""

    folder: Path
    width: int
    length: int

    @property
    def name(self) -> str:
        """What it is called in the table."""
        return f"BERT 4 x {self.width}, {BATCH} x {self.length} tokens"

    def save(self) -> "Small":
        """Write the network and its tokenizer."""
        torch.manual_seed(0)
        config = BertConfig(
            vocab_size=VOCABULARY,
            hidden_size=self.width,
            num_hidden_layers=4,
            num_attention_heads=4,
            intermediate_size=4 * self.width,
            max_position_embeddings=CONTEXT,
            pad_token_id=1,
        )
        BertForMaskedLM(config).save_pretrained(self.folder)
        tokenizer().save_pretrained(self.folder)
        return self

    def task(self) -> Task:
        """Random words under random labels."""
        splits = {name: self._split(size, seed) for seed, (name, size) in enumerate(SIZES.items())}
        labels = tuple(f"w{label}" for label in range(2, 2 + CLASSES))
        return replace(load_task("embedded"), name="words", label_names=labels, splits=splits)

    def _split(self, size: int, seed: int) -> Split:
        rng = np.random.default_rng(seed)
        texts = tuple(words_of(row) for row in rng.integers(4, VOCABULARY, (size, self.length)))
        groups = 10_000 * seed + np.arange(size)
        return Split(texts, np.arange(size) % CLASSES, groups, tuple(map(str, groups)))


SIZES = {"direction": EXAMPLES, "measure": 2 * CLASSES, "tune": 2 * CLASSES, "test": 2 * CLASSES}


def tokenizer() -> PreTrainedTokenizerFast:
    """One word, one token, punctuation apart, so that a label is a word of the prompts that name it."""
    made = make_tokenizer()
    made.backend_tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return made


def ours(small: Small, objective: Any, pause: Callable[[], None]) -> None:
    """`finetune`, which says after every step that it was taken."""

    def told(what: str, *_: int) -> None:
        if what == "training":
            pause()

    recipe = Recipe(epochs=10**6, batch_size=BATCH, learning_rate=RATE, max_length=small.length)
    with tempfile.TemporaryDirectory() as out:
        lm, task = load_model(small.folder, device="cpu"), small.task()
        space = (
            TaskSpace.build(lm, task.subset(4 * CLASSES), contexts=4, negatives=1)
            if objective == "task-space"
            else None
        )
        finetune(lm, task, objective=objective, space=space, out=out, recipe=recipe, trackers=(), progress=told)


def theirs(small: Small, tensors: bool, pause: Callable[[], None]) -> None:
    """The Trainer on the same texts, tokenised; padded by its default collator, or `tensors` that need no padding."""

    class Told(TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            pause()

    reader, split = tokenizer(), small.task().splits["direction"]
    rows: Any = Dataset.from_dict({"input_ids": reader(list(split.texts))["input_ids"], "labels": split.labels})
    if tensors:
        mask = torch.ones(small.length, dtype=torch.long)
        rows = [
            {"input_ids": torch.tensor(row["input_ids"]), "attention_mask": mask, "labels": row["labels"]}
            for row in rows
        ]
    network = AutoModelForSequenceClassification.from_pretrained(small.folder, num_labels=CLASSES)
    with tempfile.TemporaryDirectory() as out:
        arguments = TrainingArguments(
            out,
            per_device_train_batch_size=BATCH,
            learning_rate=RATE,
            weight_decay=0.01,
            num_train_epochs=10**6,
            logging_strategy="no",
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            use_cpu=True,
        )
        collator = default_data_collator if tensors else None
        Trainer(network, arguments, collator, rows, processing_class=reader, callbacks=[Told()]).train()


@contextmanager
def beside(name: str, baseline_name: str, target: float, baseline: Any, measured: Any) -> Iterator[Case]:
    """Two trainings as a case; both are left when it has been compared."""
    walks = Walk(baseline), Walk(measured)
    first, second = (partial(walk.advance, STEPS) for walk in walks)
    try:
        yield Case(name, baseline_name, target, first, second, alike=False)
    finally:
        for walk in walks:
            walk.leave()


def cases() -> Iterator[Case | Row]:
    """Every row, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        for width, length, most in ((64, 16, 0.75), (128, 64, 1.0)):
            small = Small(Path(folder) / str(width), width, length).save()
            plain = partial(ours, small, "cross-entropy")
            for baseline, tensors, target in (("Trainer", False, most), ("Trainer, tensors ready", True, 1.0)):
                with beside(small.name, baseline, target, partial(theirs, small, tensors), plain) as case:
                    yield case
            for objective, target in (("min-cmi", 1.03), ("task-space", 1.10)):
                name = f"{objective}, {small.name}"
                with beside(name, "cross-entropy", target, plain, partial(ours, small, objective)) as case:
                    yield case
    yield from vocabulary.cases()


if __name__ == "__main__":
    run(cases, __doc__.splitlines()[0])
