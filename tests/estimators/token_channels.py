"""Readers of tokens whose information is known: a token, what a state keeps of it, and the true posterior."""

from dataclasses import dataclass

import numpy as np

from infoplane.estimators import TargetSlots


def zipf(types):
    """Shares of `types` types, the k-th proportional to 1 / k."""
    share = 1 / np.arange(1, types + 1)
    return share / share.sum()


def symmetric(types, error):
    """p(e|t) (types, types): right but for `error`, which falls on all other types alike."""
    return np.full((types, types), error / (types - 1)) + np.eye(types) * (1 - error - error / (types - 1))


def information(joint):
    """Exact I(T;E) in nats of p(t, e) (T, E)."""
    independent = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    seen = joint > 0
    return float((joint[seen] * np.log(joint[seen] / independent[seen])).sum())


@dataclass(frozen=True)
class Channel:
    """Tokens of shares `prior` (T,) kept as e with p(e|t) `kept` (T, E)."""

    prior: np.ndarray
    kept: np.ndarray

    @property
    def truth(self):
        return information(self.prior[:, None] * self.kept)

    @property
    def types(self):
        return len(self.prior)

    def tokens(self, samples, rng):
        return rng.choice(self.types, samples, p=self.prior)

    def states(self, tokens, rng):
        return (rng.random((len(tokens), 1)) > self.kept[tokens].cumsum(axis=1)).sum(axis=1)

    def said(self, tokens, states):
        """What the true posterior says: log shares of the right types, their ranks, the first guesses."""
        joint = self.prior[:, None] * self.kept
        posterior = (joint / joint.sum(axis=0)).T
        guesses = np.argsort(-posterior, axis=1, kind="stable")
        ranks = (guesses[states] == tokens[:, None]).argmax(axis=1)
        return np.log(posterior[states, tokens]), ranks, guesses[states, 0]

    def read(self, samples, seed):
        """Log shares, ranks and guesses at `samples` independent slots, and the slots."""
        rng = np.random.default_rng(seed)
        tokens = self.tokens(samples, rng)
        return *self.said(tokens, self.states(tokens, rng)), TargetSlots.of(tokens)


CHANNELS = {
    "binary": Channel(np.full(2, 0.5), symmetric(2, 0.11)),
    "binary, rare errors": Channel(np.full(2, 0.5), symmetric(2, 0.01)),
    "ten letters": Channel(np.full(10, 0.1), symmetric(10, 0.3)),
    "copied Zipf": Channel(zipf(200), np.eye(200)),
    "noisy Zipf": Channel(zipf(200), symmetric(200, 0.3)),
    "asymmetric": Channel(np.array([0.3, 0.7]), np.array([[0.7, 0.3], [0.05, 0.95]])),
    "one-sided": Channel(np.array([0.5, 0.5]), np.array([[1, 0], [0.1, 0.9]])),
    "independent": Channel(zipf(20), np.full((20, 5), 0.2)),
}
