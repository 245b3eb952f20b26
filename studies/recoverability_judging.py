"""What a network's frozen mean states are worth: read back, compared, probed; and what its language model still says.

Everything is kept item by item, so that networks can be compared on the same items.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from recoverability_reader import STATE, Reader, Texts
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch.nn.functional import cross_entropy

from infoplane.models import LanguageModel
from infoplane.objectives import TokenDecoder
from infoplane.tasks import Split, Task

EVERY = 4  # held-out texts: a language model is judged on one of so many
TYPES, SLOTS = 1000, 24  # of the decoder that reads states back; the rarer tokens are one type
_EPOCHS, _BATCH = 8, 32
_PENALTIES = (0.001, 0.01, 0.1)

Floats = NDArray[np.float64]
Judged = dict[str, Floats]


@dataclass(frozen=True)
class Held:
    """Texts that no network is trained on: a decoder is learnt on `learnt`, stopped on `tuned`, told on `told`."""

    learnt: Sequence[str]
    tuned: Sequence[str]
    told: Sequence[str]


@dataclass(frozen=True)
class Judge:
    """Judges networks of the family of `before`, the one they were trained from."""

    before: LanguageModel
    tasks: Sequence[Task]
    held: Held

    def judged(self, lm: LanguageModel, seed: int) -> Judged:
        """By name: "recovery" and "language", nats a token of every text; of every task cosines and guesses."""
        found = {
            "recovery": self._recovery(lm, seed),
            "language": language_losses(
                lm, self._texts[2].take(torch.arange(0, len(self.held.told), EVERY, device=lm.device))
            ),
        }
        for task in self.tasks:
            features = {name: _features(lm, task.splits[name]) for name in ("measure", "tune", "test")}
            if task.splits["test"].pairs is not None:
                found[f"{task.name}.cosine"] = np.concatenate([_cosines(one) for one in features.values()])
            if task.label_names:
                found[f"{task.name}.guess"] = _guesses(task, features)
        return found

    @property
    def entropies(self) -> Floats:
        """-log of the frequency of the tokens that are read back, their mean in every held-out text: H(T) by text."""
        learnt, _, told = self._texts
        codes = _types(learnt, int(self.before.anatomy.config.vocab_size))[told.ids]
        asked = (told.content & (told.content.cumsum(1) <= SLOTS)).double()
        weights = asked / asked.sum(1, keepdim=True)
        frequencies = torch.bincount(codes.flatten(), weights.flatten()) / len(told)
        found: Floats = (weights * -frequencies.clamp(min=1e-9).log()[codes]).sum(1).cpu().numpy()
        return found

    @cached_property
    def _texts(self) -> tuple[Texts, ...]:
        return tuple(Texts.of(self.before, some) for some in (self.held.learnt, self.held.tuned, self.held.told))

    def _recovery(self, lm: LanguageModel, seed: int) -> Floats:
        """Nats a token of every held-out text, by a decoder learnt on the frozen states of others."""
        sides = zip((self.held.learnt, self.held.tuned, self.held.told), self._texts, strict=True)
        types = _types(self._texts[0], int(self.before.anatomy.config.vocab_size))
        states = [replace(one, ids=types[one.ids], before=Texts.of(lm, some).before) for some, one in sides]
        learnt, tuned, told = states
        decoder = TokenDecoder(lm.width, TYPES, SLOTS, seed).to(lm.device)
        optimizer = torch.optim.Adam(decoder.parameters(), 2e-3)
        random, best, lowest = np.random.default_rng(seed), decoder, np.inf
        for _ in range(_EPOCHS):
            for rows in np.array_split(random.permutation(len(learnt)), -(-len(learnt) // _BATCH)):
                part = learnt.take(torch.from_numpy(rows).to(lm.device))
                (decoder.loss(part.before, part.ids, part.content) / len(part)).backward()
                optimizer.step()
                optimizer.zero_grad()
            with torch.no_grad():
                loss = decoder.loss(tuned.before, tuned.ids, tuned.content).item()
            if loss < lowest:
                best, lowest = copy.deepcopy(decoder), loss
        return _losses(best, told)


def _types(texts: Texts, vocabulary: int) -> torch.Tensor:
    """The type of every token: 1 and above for the most frequent of `texts`, 0 for the rest."""
    counts = torch.bincount(texts.ids[texts.content], minlength=vocabulary)
    types = torch.zeros(vocabulary, dtype=torch.int64, device=counts.device)
    frequent = counts.argsort(descending=True, stable=True)[: TYPES - 1]
    types[frequent] = torch.arange(1, len(frequent) + 1, device=counts.device)
    return types


@torch.no_grad()
def _losses(decoder: TokenDecoder, texts: Texts) -> Floats:
    rows = torch.arange(len(texts), device=texts.ids.device)
    found = [decoder.loss(one.before, one.ids, one.content).item() for one in map(texts.take, rows.split(1))]
    return np.array(found)


def language_losses(lm: LanguageModel, texts: Texts) -> Floats:
    """Nats a token of every text: of the next token, or for an encoder of each token behind a mask (Salazar 2020)."""
    reader, found = Reader(lm, lm.network), []
    with lm.running():
        for row in range(len(texts)):
            one = texts.take(torch.tensor([row], device=lm.device))
            if reader.decoder:
                logits = reader.read(one, said=True)[1].logits[0, :-1]
                found.append(cross_entropy(logits, one.ids[0, 1:]).item())
                continue
            places = one.content[0].nonzero()[:, 0]
            many = one.take(torch.zeros_like(places))
            hidden = torch.zeros_like(many.content)
            hidden[torch.arange(len(places)), places] = True
            logits = reader.read(replace(many, ids=many.ids.masked_fill(hidden, reader.mask_token)), said=True)[
                1
            ].logits
            found.append(cross_entropy(logits[hidden], one.ids[0, places]).item())
    return np.array(found)


def _features(lm: LanguageModel, split: Split) -> Floats:
    """States of every example, (n, sides, d)."""
    sides = [split.texts] if split.pairs is None else [split.texts, split.pairs]
    return np.stack([lm.read(side, STATE).array[:, 0] for side in sides], axis=1).astype(np.float64)


def _cosines(features: Floats) -> Floats:
    unit = features / np.linalg.norm(features, axis=2, keepdims=True)
    found: Floats = (unit[:, 0] * unit[:, 1]).sum(1)
    return found


def _probed(features: Floats) -> Floats:
    """The state u of a text, or [u, v, |u - v|, u v] of a pair."""
    one = features[:, 0]
    if features.shape[1] == 1:
        return one
    other = features[:, 1]
    return np.hstack([one, other, np.abs(one - other), one * other])


def _guesses(task: Task, features: dict[str, Floats]) -> Floats:
    """What a linear probe says of the test split; learnt on the measure split, its penalty chosen on the tune split."""
    inputs = {name: _probed(one) for name, one in features.items()}
    labels = {name: task.splits[name].labels for name in inputs}
    probes = [
        make_pipeline(StandardScaler(), LogisticRegression(C=penalty, max_iter=2000)).fit(
            inputs["measure"], labels["measure"]
        )
        for penalty in _PENALTIES
    ]
    best = max(probes, key=lambda probe: probe.score(inputs["tune"], labels["tune"]))
    return np.asarray(best.predict(inputs["test"]), np.float64)
