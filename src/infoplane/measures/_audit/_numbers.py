"""From how well spans were read to the rows of the ledger: shares, controls, gains and certificates."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from scipy.stats import binomtest

from infoplane.estimators import Estimate, bootstrap_mean, clopper_pearson_upper, proportion, with_null
from infoplane.measures._audit._attack import Outcome
from infoplane.measures._numbers import Row
from infoplane.measures._recovery._sequences import Floats

RECOVERY, CHARACTERS, IDENTIFICATION = "span_recovery", "span_characters", "span_identification"
CERTIFIED = (IDENTIFICATION, RECOVERY)


@dataclass(frozen=True)
class Certifying:
    """Certificates that hold together: a `family` of them, wrong somewhere with probability at most `delta`."""

    delta: float
    family: int

    def certificate(self, hits: Floats, guess: float) -> Estimate:
        """Share that at least is read by this attacker: the p with P(so many `hits` (n,) or more | p) = delta / family.

        Clopper and Pearson 1934, of independent draws; flagged where it is not above the share that is a `guess`.
        """
        least = 1 - clopper_pearson_upper(int(len(hits) - hits.sum()), len(hits), self.delta / self.family)
        return Estimate(
            value=least,
            low=least,
            confidence=1 - self.delta,
            kind="certificate",
            units="fraction",
            n=len(hits),
            estimator=f"clopper_pearson(bonferroni={self.family})",
            ceiling=1.0,
            flags=("not_above_guessing",) if least <= guess else (),
        )


def rows_of_guesses(guessed: Mapping[str, Outcome], seed: int) -> list[Row]:
    """Shares of what is guessed without an embedding; the exact ones of the last kind come last."""
    rows = [
        ({"quantity": name, "label": kind, "method": "without"}, _share(outcome, name, outcome.scores[name], seed))
        for kind, outcome in guessed.items()
        for name in reversed(outcome.scores)
    ]
    return [(where, one.flagged("control")) for where, one in rows]


def rows_of(
    found: Mapping[str, Outcome], guessed: Mapping[str, Outcome], certifying: Certifying, seed: int
) -> list[Row]:
    """Shares, controls, gains over guessing and certificates of every kind; the last certificate comes last."""
    rows: list[Row] = []
    for kind, outcome in found.items():
        without = guessed[kind].scores
        made = [*_shares(outcome, seed), *_gains(outcome, without, seed), *_certificates(outcome, without, certifying)]
        rows += [({"label": kind, **where}, one) for where, one in made]
    return rows


def _shares(outcome: Outcome, seed: int) -> list[Row]:
    """Of each quantity the share, with its null, and that of one exchange of the embeddings."""
    rows: list[Row] = []
    for name, hits in outcome.scores.items():
        draws = outcome.exchanged[name]
        share = _share(outcome, name, hits, seed)
        rows += [
            ({"quantity": name, "method": "state"}, with_null(share, draws.mean(axis=1))),
            ({"quantity": name, "method": "exchanged"}, _share(outcome, name, draws[0], seed).flagged("control")),
        ]
    return rows


def _gains(outcome: Outcome, without: Mapping[str, Floats], seed: int) -> list[Row]:
    """What the embedding adds to guessing, on the same spans; p is that of exact signs (McNemar 1947)."""
    rows: list[Row] = []
    for name in [name for name in CERTIFIED if name in outcome.scores]:
        difference = outcome.scores[name] - without[name]
        gain = bootstrap_mean(difference, units="fraction", seed=seed)
        more, less = int((difference > 0).sum()), int((difference < 0).sum())
        p = float(binomtest(more, more + less).pvalue) if more + less else 1.0
        told = replace(gain, p_value=p, estimator="paired difference, McNemar exact")
        rows.append(({"quantity": f"{name}_gain", "method": "state"}, told))
    return rows


def _certificates(outcome: Outcome, without: Mapping[str, Floats], certifying: Certifying) -> list[Row]:
    """Certificates, judged by the better of guessing without an embedding and with another text's."""
    rows: list[Row] = []
    for name in [name for name in CERTIFIED if name in outcome.scores]:
        guess = max(float(without[name].mean()), float(outcome.exchanged[name].mean()))
        told = certifying.certificate(outcome.scores[name], guess)
        rows.append(({"quantity": f"certified_{name}", "method": "state"}, told))
    return rows


def _share(outcome: Outcome, name: str, scores: Floats, seed: int) -> Estimate:
    """Share of spans with its Wilson interval, or mean share of letters with that of a bootstrap."""
    if name == CHARACTERS:
        found, how = bootstrap_mean(scores, units="fraction", seed=seed), "letters at their place"
    else:
        written = name == RECOVERY
        found, how = proportion(scores), "written exactly" if written else f"first of {outcome.candidates} candidates"
    return replace(found, estimator=how, ceiling=1.0)
