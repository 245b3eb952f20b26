"""What the embedded decoder says and what its states hold, on situations it never saw."""

import random
from collections.abc import Sequence

import numpy as np
import torch
from embedded_probes import Asked, Measured, difference, ratio
from numpy.typing import NDArray
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from infoplane.embedded import Example

SHOTS = 4
BATCH = 64


def measure(
    network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, aspect: str, share: float = 1.0
) -> dict[str, Measured]:
    """Every figure of the card's table for one aspect, on the first `share` of each split."""
    asked = Asked(aspect, share)

    def read(rows: Sequence[Example], shots: int = 0) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        rng = random.Random(0)
        prompts = [prompt(aspect, rng.sample(asked.fitting, shots), example) for example in rows]
        return _read(network, tokenizer, prompts, asked.labels)

    zero_shot, few_shot = asked.right(read(asked.test)[1]), asked.right(read(asked.test, SHOTS)[1])
    states_say, words_say = asked.states_say(lambda rows: read(rows)[0]), asked.words_say()
    probed = asked.right(states_say)
    states_hold, words_hold = asked.held(states_say), asked.held(words_say)
    interval = asked.interval
    return {
        "zero-shot accuracy": interval(np.mean, zero_shot),
        f"few-shot accuracy, {SHOTS} examples": interval(np.mean, few_shot),
        "few-shot minus zero-shot": interval(difference, few_shot, zero_shot),
        "probe accuracy, best layer": interval(np.mean, probed),
        "probe minus zero-shot": interval(difference, probed, zero_shot),
        "bag-of-words accuracy": interval(np.mean, asked.right(words_say)),
        "best layer's label information (nats)": interval(np.mean, states_hold),
        "bag-of-words label information (nats)": interval(np.mean, words_hold),
        "bag of words as a share of the best layer": interval(ratio, words_hold, states_hold),
    }


def prompt(aspect: str, shots: Sequence[Example], asked: Example) -> str:
    """The few-shot prompt, zero-shot without `shots`, in the words of the task's templates."""
    name = aspect.capitalize()
    blocks = [f"Dialogue: {shot.text}\n{name}: {getattr(shot, aspect)}" for shot in shots]
    return "\n\n".join([*blocks, f"Dialogue: {asked.text}\n{name}:"])


@torch.inference_mode()
def _read(
    network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, prompts: Sequence[str], labels: Sequence[str]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """States of the last prompt token (layers, n, width) and scores of the labels (n, K)."""
    answers = [tokenizer.encode(f" {label}", add_special_tokens=False)[0] for label in labels]
    states, scores = [], []
    for start in range(0, len(prompts), BATCH):
        rows = [torch.tensor(ids) for ids in tokenizer(list(prompts[start : start + BATCH]))["input_ids"]]
        last = torch.tensor([len(row) - 1 for row in rows])
        out = network(torch.nn.utils.rnn.pad_sequence(rows, batch_first=True), output_hidden_states=True)
        every = torch.arange(len(rows))
        states.append(torch.stack([layer[every, last] for layer in out.hidden_states]))
        scores.append(out.logits[every, last][:, answers])
    return torch.cat(states, 1).float().numpy(), torch.cat(scores).float().numpy()
