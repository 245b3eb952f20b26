"""What the embedded encoder fills in and what its states hold, on situations it never saw."""

from collections.abc import Sequence

import numpy as np
import torch
from embedded_evaluate import BATCH, prompt
from embedded_probes import Asked, Measured, difference, ratio
from numpy.typing import NDArray
from transformers import BertForMaskedLM, BertTokenizer

from infoplane.embedded import Example


def measure(network: BertForMaskedLM, tokenizer: BertTokenizer, aspect: str, share: float = 1.0) -> dict[str, Measured]:
    """Every figure of the card's table for one aspect, on the first `share` of each split."""
    asked = Asked(aspect, share)

    def mean_states(rows: Sequence[Example]) -> NDArray[np.float32]:
        return _mean_states(network, tokenizer, [row.text for row in rows])

    filled = asked.right(fill_in(network, tokenizer, [prompt(aspect, [], row) for row in asked.test], asked.labels))
    states_say, words_say = asked.states_say(mean_states), asked.words_say()
    probed = asked.right(states_say)
    states_hold, words_hold = asked.held(states_say), asked.held(words_say)
    interval = asked.interval
    return {
        "accuracy of the label filled in": interval(np.mean, filled),
        "probe accuracy, best layer": interval(np.mean, probed),
        "probe minus label filled in": interval(difference, probed, filled),
        "bag-of-words accuracy": interval(np.mean, asked.right(words_say)),
        "best layer's label information (nats)": interval(np.mean, states_hold),
        "bag-of-words label information (nats)": interval(np.mean, words_hold),
        "bag of words as a share of the best layer": interval(ratio, words_hold, states_hold),
    }


@torch.inference_mode()
def fill_in(
    network: BertForMaskedLM, tokenizer: BertTokenizer, prompts: Sequence[str], labels: Sequence[str]
) -> NDArray[np.float32]:
    """Scores of the labels (n, K) for a [MASK] behind each prompt."""
    answers = tokenizer.convert_tokens_to_ids(list(labels))
    scores = []
    for start in range(0, len(prompts), BATCH):
        asked = [f"{text} {tokenizer.mask_token}" for text in prompts[start : start + BATCH]]
        encoded = tokenizer(asked, padding=True, return_tensors="pt")
        scores.append(network(**encoded).logits[encoded["input_ids"] == tokenizer.mask_token_id][:, answers])
    return torch.cat(scores).numpy()


@torch.inference_mode()
def _mean_states(network: BertForMaskedLM, tokenizer: BertTokenizer, texts: Sequence[str]) -> NDArray[np.float32]:
    """The mean over tokens of the states of every layer, (layers, n, width)."""
    means = []
    for start in range(0, len(texts), BATCH):
        encoded = tokenizer(list(texts[start : start + BATCH]), padding=True, return_tensors="pt")
        states = torch.stack(network.bert(**encoded, output_hidden_states=True).hidden_states)
        weight = encoded["attention_mask"] / encoded["attention_mask"].sum(1, keepdim=True)
        means.append(torch.einsum("lntd,nt->lnd", states, weight))
    return torch.cat(means, 1).numpy()
