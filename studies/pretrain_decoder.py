"""Pretrain a decoder of 10 to 100 million parameters from scratch on the EmpatheticDialogues training conversations.

    python studies/pretrain_decoder.py --data DIR --out runs/decoder --depth 8
    python studies/pretrain_decoder.py --data DIR --out runs/decoder --depth 8 --dry-run

DIR holds train.csv and valid.csv. The same command continues a run that was killed. The model is in OUT/model: weights,
tokenizer, card, and labelled_conversations.json, which is the --exclude of whatever is measured on it. It is the one
of the epoch with the lowest loss on the validation conversations. bfloat16 on an accelerator, float32 on the CPU, where
`--depth 1 --epochs 1` shows that everything runs. `--dry-run` says what it would cost here, from two steps that are
timed. The conversations are CC BY-NC 4.0: a model made from them is for study only.
"""

import argparse
import hashlib
import json
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from decoder_card import card
from decoder_model import Recipe, make_network, packed, train_tokenizer
from decoder_text import Conversation, documents, is_labelled, read_conversations
from decoder_training import Training, weights
from safetensors.torch import load_file, save
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from infoplane._errors import InfoplaneError
from infoplane.estimators import Estimate, bootstrap_mean
from infoplane.runs import Run, write_atomic

_DIALS = {"depth": "blocks", "epochs": "epochs", "rows": "rows of 512 tokens a step", "seed": "seed"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks for; exit code 2 and one line for bad input."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with train.csv and valid.csv")
    parser.add_argument("--out", type=Path, required=True, help="run directory; the same command continues there")
    for name, what in _DIALS.items():
        parser.add_argument(
            f"--{name}", type=int, default=getattr(Recipe(), name), help=f"{what} (default %(default)s)"
        )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="torch device")
    parser.add_argument("--dry-run", action="store_true", help="say what it would cost")
    asked = parser.parse_args(arguments)
    recipe = Recipe(depth=asked.depth, epochs=asked.epochs, rows=asked.rows, seed=asked.seed)
    try:
        train, valid = (read_conversations(asked.data / f"{part}.csv") for part in ("train", "valid"))
        corpus = Corpus(train, valid, recipe)
        print(estimate(corpus, asked.device) if asked.dry_run else pretrain(corpus, asked.out, asked.device))
    except InfoplaneError as error:
        parser.exit(2, f"pretrain_decoder: {error}\n")


class Corpus:
    """Conversations, the tokenizer made from them, and the rows of every epoch."""

    def __init__(self, train: Sequence[Conversation], valid: Sequence[Conversation], recipe: Recipe) -> None:
        self.train, self.recipe = train, recipe
        first = self._texts(0)
        self.tokenizer: PreTrainedTokenizerFast = train_tokenizer(first, recipe)
        rows = packed(first, self.tokenizer, recipe.context)
        self.batches = -(-len(rows) // recipe.rows)
        self.steps, self.tokens = self.batches * recipe.epochs, rows.numel()
        self.valid = packed([one.plain for one in valid], self.tokenizer, recipe.context)

    @property
    def labelled(self) -> list[str]:
        """Names of the conversations whose labels are told."""
        return sorted(one.name for one in self.train if is_labelled(one.name, self.recipe.labelled_tenths))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the training conversations."""
        return hashlib.sha256(repr(self.train).encode()).hexdigest()

    def epoch(self, number: int) -> tuple[Tensor, ...]:
        """The batches of an epoch, of nearly equal numbers of rows."""
        return packed(self._texts(number), self.tokenizer, self.recipe.context).tensor_split(self.batches)

    def _texts(self, epoch: int) -> list[str]:
        return documents(self.train, self.recipe.labelled_tenths, f"{self.recipe.seed} {epoch}")


def pretrain(corpus: Corpus, out: Path, device: str) -> str:
    """Train to the end, or on from where it was killed; where the model lies, and its loss on the validation part."""
    recipe = corpus.recipe
    with Run.open(out, asdict(recipe) | {"data": corpus.fingerprint}) as run:
        training = Training(make_network(recipe, corpus.tokenizer), recipe, corpus.steps, torch.device(device))
        training.load(run.artifacts / "checkpoint.safetensors")
        start = time.monotonic()
        for epoch in range(recipe.epochs):
            if not run.ledger.has(quantity="validation_loss", epoch=epoch):
                _learn(run, training, corpus, epoch)
        spent = run.facts.get("seconds", 0.0) + time.monotonic() - start
        run.note(seconds=spent, device=device, parameters=training.network.num_parameters())
        if not run.finished:
            _write_model(run, training, corpus)
            run.finish()
        best = min(run.ledger.rows(), key=lambda row: row["value"])
        return f"{out / 'model'}: {Estimate.from_dict(best)} a token of unseen conversations"


def _learn(run: Run, training: Training, corpus: Corpus, epoch: int) -> None:
    """One epoch, its loss on the validation part into the ledger, and its weights kept where they are the best yet."""

    def told(step: int, loss: float) -> None:
        if step % 20 == 0:
            print(f"step {step:6d} of {corpus.steps}  loss {loss:.3f}", flush=True)

    first = epoch * corpus.batches
    training.epoch(corpus.epoch(epoch), first, checkpoint=run.artifacts / "checkpoint.safetensors", told=told)
    loss = bootstrap_mean(training.losses(corpus.valid), seed=corpus.recipe.seed)
    if loss.value < min((row["value"] for row in run.ledger.rows()), default=float("inf")):
        write_atomic(run.artifacts / "best.safetensors", save(weights(training.network)))
    run.ledger.add(loss, measure="pretrain", quantity="validation_loss", split="valid", epoch=epoch)
    print(f"epoch {epoch}: validation {loss}", flush=True)


def _write_model(run: Run, training: Training, corpus: Corpus) -> None:
    """The folder a user loads: beside its place first, so that it is there whole or not at all."""
    beside, place = run.path / ".model.tmp", run.path / "model"
    shutil.rmtree(beside, ignore_errors=True)
    training.network.load_state_dict(load_file(run.artifacts / "best.safetensors"), strict=False)
    training.network.eval().to("cpu", torch.float32).save_pretrained(beside)
    corpus.tokenizer.save_pretrained(beside)
    (beside / "labelled_conversations.json").write_text(json.dumps(corpus.labelled))
    (beside / "README.md").write_text(card(corpus.recipe, run.facts, run.ledger.rows(), corpus.tokens))
    shutil.rmtree(place, ignore_errors=True)
    os.replace(beside, place)


def estimate(corpus: Corpus, device: str) -> str:
    """What training would cost on `device`: two steps are timed, the second counts."""
    network = make_network(corpus.recipe, corpus.tokenizer)
    training = Training(network, corpus.recipe, corpus.steps, torch.device(device))
    for batch in corpus.epoch(0)[:2]:
        start = time.monotonic()
        training.learn(batch)  # reads its loss, so it has ended
    seconds = (time.monotonic() - start) * corpus.steps
    parameters, tokens = network.num_parameters(), corpus.tokens * corpus.recipe.epochs
    return (
        f"{parameters / 1e6:.1f} million parameters, {corpus.tokens / 1e6:.2f} million tokens an epoch, "
        f"{corpus.steps} steps, {6 * parameters * tokens:.2g} operations: {seconds / 3600:.2f} hours on {device}"
    )


if __name__ == "__main__":
    main()
