"""What the embedded encoder fills in and what its states hold, on situations it never saw."""

import random
import re
from collections.abc import Collection, Sequence

import numpy as np
import torch
from embedded_evaluate import BATCH, prompt
from embedded_probes import Asked, Measured, difference, ratio
from numpy.typing import NDArray
from transformers import BertForMaskedLM, BertTokenizer

from infoplane.embedded import Example
from infoplane.embedded._lexicon import GOOD_AND_BAD, NAMES, NEEDED, THINGS

# Each has a word in every situation.
KINDS = {
    "names": set(NAMES),
    "words of things": {word for things in THINGS.values() for thing in things for word in thing.split()},
    "verbs of need": {needed.split()[0] for needed in NEEDED},
    "good or bad words": {word for words in GOOD_AND_BAD for word in words},
}


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


def measure_words(network: BertForMaskedLM, tokenizer: BertTokenizer, share: float = 1.0) -> dict[str, Measured]:
    """How often one masked word of a kind is filled in with a word of that kind, on the first `share` of the test."""
    asked = Asked("topic", share)
    texts = [row.text for row in asked.test]
    right = {kind: _filled_alike(network, tokenizer, texts, words) for kind, words in KINDS.items()}
    return {f"{kind} filled in with {kind}": asked.interval(np.mean, found) for kind, found in right.items()}


def _filled_alike(
    network: BertForMaskedLM, tokenizer: BertTokenizer, texts: Sequence[str], words: Collection[str]
) -> NDArray[np.bool_]:
    """Whether the likeliest word for one that is masked is among `words` too, (n,)."""
    rng = random.Random(0)
    any_word = re.compile(rf"\b(?:{'|'.join(words)})\b")
    masked = []
    for text in texts:
        place = rng.choice(list(any_word.finditer(text)))
        masked.append(f"Dialogue: {text[: place.start()]}{tokenizer.mask_token}{text[place.end() :]}")
    likeliest = _at_masks(network, tokenizer, masked).argmax(1)
    return np.isin(likeliest, tokenizer.convert_tokens_to_ids(list(words)))


def fill_in(
    network: BertForMaskedLM, tokenizer: BertTokenizer, prompts: Sequence[str], labels: Sequence[str]
) -> NDArray[np.float32]:
    """Scores of the labels (n, K) for a [MASK] behind each prompt."""
    asked = [f"{text} {tokenizer.mask_token}" for text in prompts]
    return _at_masks(network, tokenizer, asked)[:, tokenizer.convert_tokens_to_ids(list(labels))]


@torch.inference_mode()
def _at_masks(network: BertForMaskedLM, tokenizer: BertTokenizer, texts: Sequence[str]) -> NDArray[np.float32]:
    """Scores of every token (n, V) for the one [MASK] of each text."""
    scores = []
    for start in range(0, len(texts), BATCH):
        encoded = tokenizer(list(texts[start : start + BATCH]), padding=True, return_tensors="pt")
        scores.append(network(**encoded).logits[encoded["input_ids"] == tokenizer.mask_token_id])
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
