"""Make the encoder shipped in infoplane.embedded: generate text, train, measure, write the folder with its card.

    python tools/make_embedded_encoder.py --out src/infoplane/embedded/encoder

Takes about five minutes of one core. `--steps 20` shows in a minute that everything runs.
"""

import time
from pathlib import Path

import torch
from embedded_encoder_card import card
from embedded_encoder_evaluate import measure, measure_words
from embedded_encoder_train import EncoderRecipe, make_tokenizer, train
from make_embedded import arguments, show
from transformers import BertForMaskedLM, BertTokenizer


def main() -> None:
    """Make the folder the command line names."""
    chosen = arguments(__doc__, EncoderRecipe().steps)
    make(chosen.out, EncoderRecipe(steps=chosen.steps), chosen.threads)


def make(out: Path, recipe: EncoderRecipe, threads: int) -> None:
    """Train by `recipe`, write the folder, then measure what was written and write the card."""
    tokenizer = make_tokenizer(recipe)
    tokenizer.save_pretrained(out)  # before its use leaves how it padded in it
    start = time.process_time()
    network = train(recipe, tokenizer, threads)
    seconds = time.process_time() - start
    network.to(torch.float16).save_pretrained(out)
    describe(out, recipe, seconds, threads)


def describe(out: Path, recipe: EncoderRecipe, seconds: float, threads: int) -> None:
    """Measure the model in `out` and write its card."""
    network, tokenizer = load(out)
    measured = {aspect: measure(network, tokenizer, aspect) for aspect in ("emotion", "topic")}
    measured["words"] = measure_words(network, tokenizer)
    show(measured)
    (out / "README.md").write_text(card(recipe, measured, network, seconds, threads))


def load(folder: Path) -> tuple[BertForMaskedLM, BertTokenizer]:
    """The network, in float32, and the tokenizer that a user would load."""
    network = BertForMaskedLM.from_pretrained(folder, dtype=torch.float32)
    return network.eval(), BertTokenizer.from_pretrained(folder)


if __name__ == "__main__":
    main()
