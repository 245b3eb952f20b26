"""Make the decoder shipped in infoplane.embedded: generate text, train, measure, write the folder with its card.

    python tools/make_embedded.py --out src/infoplane/embedded/model

Takes about half an hour of one core. `--steps 20` shows in a minute that everything runs.
"""

import argparse
import time
from collections.abc import Mapping
from pathlib import Path

import torch
from embedded_card import card
from embedded_evaluate import measure
from embedded_probes import Measured
from embedded_train import Recipe, train, train_tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM, PreTrainedTokenizerBase


def main() -> None:
    """Make the folder the command line names."""
    chosen = arguments(__doc__, Recipe().steps)
    make(chosen.out, Recipe(steps=chosen.steps), chosen.threads)


def arguments(description: str, steps: int) -> argparse.Namespace:
    """What the command line says: the folder, the steps and the threads."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--steps", type=int, default=steps, help="training steps (default %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="processor threads (default %(default)s)")
    return parser.parse_args()


def make(out: Path, recipe: Recipe, threads: int) -> None:
    """Train by `recipe`, write the folder, then measure what was written and write the card."""
    tokenizer = train_tokenizer(recipe)
    start = time.process_time()
    network = train(recipe, tokenizer, threads)
    seconds = time.process_time() - start
    network.generation_config.max_new_tokens = 32
    network.to(torch.float16).save_pretrained(out)
    tokenizer.save_pretrained(out)
    measured = {aspect: measure(*load(out), aspect) for aspect in ("emotion", "topic")}
    show(measured)
    (out / "README.md").write_text(card(recipe, measured, network.num_parameters(), seconds, threads))


def show(measured: Mapping[str, Mapping[str, Measured]]) -> None:
    """Print every figure, a line each."""
    for aspect, figures in measured.items():
        for quantity, figure in figures.items():
            print(f"{aspect:8} {quantity:45} {figure.value:7.3f}  [{figure.low:.3f}, {figure.high:.3f}]")


def load(folder: Path) -> tuple[LlamaForCausalLM, PreTrainedTokenizerBase]:
    """The network, in float32, and the tokenizer that a user would load."""
    network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return network.eval(), AutoTokenizer.from_pretrained(folder)


if __name__ == "__main__":
    main()
