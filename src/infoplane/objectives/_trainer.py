"""Any objective in the Trainer of Hugging Face: its loss and its callback are one object."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import load_file, save
from torch import Tensor, distributed, nn
from transformers import TrainerCallback

from infoplane._errors import InputError, one_line
from infoplane.objectives._objective import Directions, Facts, Objective
from infoplane.objectives._passes import Passes
from infoplane.objectives._registry import make_objective
from infoplane.objectives._shown import Shown
from infoplane.objectives._taps import reads_forward
from infoplane.runs import write_atomic

_FILE = "objective.safetensors"
_MEMBER = "infoplane_objective"


class TrainerLoss(TrainerCallback):  # type: ignore[misc]
    """`objective` as the `compute_loss_func` of a Trainer, and the callback that goes with it.

        loss = TrainerLoss("min-cmi", network, labels=data["label"])
        Trainer(network, args, train_dataset=data, compute_loss_func=loss, callbacks=[loss])

    objective   or its name
    network     what the Trainer trains; make this before it, as what the objective learns is trained with the network
    labels      the class of every training example, in the data set's order; for objectives with classes
    teacher     a network that shares the classes or the vocabulary
    directions  of the labels, for the task-space objective

    A text that is classified is an example. Of a language model every token with a label is one, which is how the
    Trainer counts them; the class of its text stands in a column `classes` (`remove_unused_columns=False`). The loss is
    a sum over examples divided by `num_items_in_batch`: accumulation and several processes do not change it. Where
    examples meet, though, a micro-batch is on its own, as the Trainer does not show the rest of the batch.

    What the objective keeps and learns is written into every checkpoint and comes back with it. Raises InputError where
    labels or a teacher are missing; while training, for tokens without `classes` and a teacher of another vocabulary.
    """

    def __init__(
        self,
        objective: Objective | str,
        network: nn.Module,
        *,
        labels: Sequence[int] | None = None,
        teacher: nn.Module | None = None,
        directions: Callable[[], Directions] | None = None,
        seed: int = 0,
    ) -> None:
        self.objective = make_objective(objective) if isinstance(objective, str) else objective
        if labels is None and ("features" in self.objective.needs or directions is not None):
            came = f"TrainerLoss of {self.objective.name} without labels"
            raise InputError(one_line(came, "the class of every training example", "give labels=data['label']"))
        self._labels = np.asarray([] if labels is None else labels, np.int64)
        self._shown: Shown | None = None
        self._step = 0
        self.objective.prepare(_facts(network, self._labels, directions, seed))
        self._passes = Passes(self.objective, network, teacher, classes=labels is not None)
        _join(self._passes.taps.plain, self.objective)

    def __call__(self, outputs: Any, labels: Tensor, num_items_in_batch: Tensor | int | None = None) -> Tensor:
        """The loss of a micro-batch; `num_items_in_batch`: examples of the whole batch, on all devices."""
        training = self._passes.taps.plain.training
        batch = self._passes.batch(outputs, labels, None if num_items_in_batch is None else int(num_items_in_batch))
        self.objective.to(batch.logits.device).train(training)
        if training and self.objective.drawn and self._shown is not None:
            self.objective.see_drawn(*self._shown.drawn(self._labels, batch.labels, self.objective.drawn, self._step))
        loss: Tensor = self.objective(batch)
        return loss

    def remove(self) -> None:
        """Take everything off the network again."""
        self._passes.taps.remove()
        _part(self._passes.taps.plain)

    def on_init_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:  # noqa: ARG002
        """Raise InputError where several processes would take what the objective learns for unused."""
        if args.world_size > 1 and list(self.objective.parameters()) and args.ddp_find_unused_parameters is not False:
            came = f"TrainerLoss of {self.objective.name} in {args.world_size} processes"
            do = "set it in TrainingArguments"
            raise InputError(one_line(came, "ddp_find_unused_parameters=False, as it learns outside the network", do))

    def on_train_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:  # noqa: ARG002
        """Remember where the data are, and take up what a checkpoint kept."""
        loader = given["train_dataloader"]
        self._shown = Shown(self._passes, loader.dataset, loader.collate_fn, args.per_device_eval_batch_size)
        self._passes.special = getattr(given.get("processing_class"), "all_special_ids", ())
        kept = Path(args.output_dir, f"checkpoint-{state.global_step}", _FILE)
        if state.global_step and kept.is_file():
            self.objective.load_state_dict(load_file(kept))

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:  # noqa: ARG002
        """Show all training examples to an objective that wants them every epoch."""
        if self.objective.refresh == "epoch" and self._shown is not None:
            self.objective.see_all(*self._shown.all())

    def on_step_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:  # noqa: ARG002
        """Show them to one that wants them every so many steps."""
        self._step, often = state.global_step, self.objective.refresh
        if isinstance(often, int) and self._step % often == 0 and self._shown is not None:
            self.objective.see_all(*self._shown.all())

    def on_optimizer_step(self, args: Any, state: Any, control: Any, **given: Any) -> None:  # noqa: ARG002
        """Let the objective take in the whole batch."""
        self.objective.step(_summed)

    def on_save(self, args: Any, state: Any, control: Any, **given: Any) -> None:  # noqa: ARG002
        """Write what the objective keeps and learns into the checkpoint."""
        kept = {name: value.contiguous() for name, value in self.objective.state_dict().items()}
        if kept and state.is_world_process_zero:
            write_atomic(Path(args.output_dir, f"checkpoint-{state.global_step}", _FILE), save(kept))


def _facts(network: nn.Module, labels: NDArray[np.int64], directions: Any, seed: int) -> Facts:
    from infoplane.models import last_map, without_adapters

    plain, last = without_adapters(network), last_map(network)
    config = plain.config.get_text_config()
    classes = 0 if last is plain.get_output_embeddings() else config.num_labels
    return Facts(
        features=last.in_features,
        width=config.hidden_size,
        blocks=config.num_hidden_layers,
        vocabulary=config.vocab_size,
        class_counts=tuple(np.bincount(labels, minlength=classes).tolist()),
        decoder=reads_forward(network),
        directions=directions,
        seed=seed,
    )


def _join(network: Any, objective: Objective) -> None:
    """Have what the objective learns be trained, moved and clipped with the network, but not saved in its file."""
    if list(objective.parameters()):
        network.add_module(_MEMBER, objective)
        names = {f"{_MEMBER}.{name}" for name in objective.state_dict()}
        network._keys_to_ignore_on_save = {*(network._keys_to_ignore_on_save or ()), *names}


def _part(network: Any) -> None:
    """Take the objective out of the network."""
    if hasattr(network, _MEMBER):
        delattr(network, _MEMBER)
        network._keys_to_ignore_on_save = {
            name for name in network._keys_to_ignore_on_save if not name.startswith(f"{_MEMBER}.")
        }


def _summed(mine: Tensor) -> Tensor:
    """The sum of a tensor over all processes."""
    if not distributed.is_initialized():
        return mine
    total = mine.clone()
    distributed.all_reduce(total)
    return total
