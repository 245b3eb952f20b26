"""What the embedded decoder says and what its states hold, on situations it never saw.

Accuracy and information of one aspect on the split "test". Probes and word models are fitted on "direction" and
"measure" and chosen on "tune". Information is the usable kind, H(label) minus the cross-entropy on the test split, in
nats. Intervals are 95 % percentiles of a bootstrap over the pairs (person, thing), the task's groups.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from embedded_text import CHOICES
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from infoplane.embedded import SPLITS, Example, examples

SHOTS = 4
BATCH = 64
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Measured:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


def measure(
    network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, aspect: str, share: float = 1.0
) -> dict[str, Measured]:
    """Every figure of the card's table for one aspect, on the first `share` of each split."""
    parts = {split: examples(split, round(share * size)) for split, size in SPLITS.items()}
    fitting, tuning, test = parts["direction"] + parts["measure"], parts["tune"], parts["test"]
    labels = CHOICES[aspect]
    truth = _truth(test, aspect)

    def read(asked: Sequence[Example], shots: int = 0) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        rng = random.Random(0)
        prompts = [prompt(aspect, rng.sample(fitting, shots), example) for example in asked]
        return _read(network, tokenizer, prompts, labels)

    states, answers = read(test)
    zero_shot = answers.argmax(1) == truth
    few_shot = read(test, SHOTS)[1].argmax(1) == truth
    layer, probe = _best_probe(read(fitting)[0], _truth(fitting, aspect), read(tuning)[0], _truth(tuning, aspect))
    states_say = probe.predict_log_proba(states[layer])
    words_say = _words(fitting, tuning, test, aspect)
    probed = states_say.argmax(1) == truth
    entropy, rows = np.log(len(labels)), np.arange(len(truth))
    states_hold, words_hold = entropy + states_say[rows, truth], entropy + words_say[rows, truth]

    def interval(statistic: Callable[..., float], *columns: NDArray[np.generic]) -> Measured:
        return _interval(statistic, np.array([example.group for example in test]), columns)

    return {
        "zero-shot accuracy": interval(np.mean, zero_shot),
        f"few-shot accuracy, {SHOTS} examples": interval(np.mean, few_shot),
        "few-shot minus zero-shot": interval(_difference, few_shot, zero_shot),
        "probe accuracy, best layer": interval(np.mean, probed),
        "probe minus zero-shot": interval(_difference, probed, zero_shot),
        "bag-of-words accuracy": interval(np.mean, words_say.argmax(1) == truth),
        "best layer's label information (nats)": interval(np.mean, states_hold),
        "bag-of-words label information (nats)": interval(np.mean, words_hold),
        "bag of words as a share of the best layer": interval(_ratio, words_hold, states_hold),
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


def _best_probe(
    fitting: NDArray[np.float32], labels: NDArray[np.int64], tuning: NDArray[np.float32], truth: NDArray[np.int64]
) -> tuple[int, LinearDiscriminantAnalysis]:
    """The layer whose shrunken linear discriminant reads most on `tuning`, and that discriminant."""
    probes = [LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(layer, labels) for layer in fitting]
    information = [_log_likelihood(p.predict_log_proba(x), truth) for p, x in zip(probes, tuning, strict=True)]
    best = int(np.argmax(information))
    return best, probes[best]


def _words(
    fitting: Sequence[Example], tuning: Sequence[Example], test: Sequence[Example], aspect: str
) -> NDArray[np.float64]:
    """Log-probabilities of the labels given the words of a text in no order, by the best logistic regression."""
    vectors = CountVectorizer(token_pattern=r"\w+", lowercase=False).fit([example.text for example in fitting])
    count, check, asked = (vectors.transform([e.text for e in part]) for part in (fitting, tuning, test))
    labels, truth = _truth(fitting, aspect), _truth(tuning, aspect)
    models = [LogisticRegression(C=c, max_iter=1000).fit(count, labels) for c in (0.01, 0.1, 1.0)]
    best = max(models, key=lambda model: _log_likelihood(model.predict_log_proba(check), truth))
    return best.predict_log_proba(asked)


def _truth(asked: Sequence[Example], aspect: str) -> NDArray[np.int64]:
    return np.array([CHOICES[aspect].index(getattr(example, aspect)) for example in asked])


def _log_likelihood(log_probabilities: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    return float(log_probabilities[np.arange(len(truth)), truth].mean())


def _interval(
    statistic: Callable[..., float], groups: NDArray[np.int64], columns: Sequence[NDArray[np.generic]]
) -> Measured:
    rng = np.random.default_rng(0)
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    drawn = []
    for _ in range(RESAMPLES):
        rows = np.concatenate([members[i] for i in rng.integers(len(members), size=len(members))])
        drawn.append(statistic(*(column[rows] for column in columns)))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Measured(float(statistic(*columns)), float(low), float(high))


def _difference(one: NDArray[np.generic], other: NDArray[np.generic]) -> float:
    return float(np.mean(one) - np.mean(other))


def _ratio(one: NDArray[np.generic], other: NDArray[np.generic]) -> float:
    return float(np.mean(one) / np.mean(other))
