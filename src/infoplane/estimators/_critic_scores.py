"""Critics judged: every sample by a critic that has not seen it, and by one that has."""

from dataclasses import dataclass

import numpy as np

from infoplane.estimators._arrays import Floats, Ints
from infoplane.estimators._bounds import Bound, bound_ceiling, bound_terms, objective_terms
from infoplane.estimators._critic import Critics, pauses, trained
from infoplane.estimators._critic_inputs import fit_inputs
from infoplane.estimators._one_thread import one_thread

# All pairs of a judged block are compared, which bounds memory and time.
LARGEST_BLOCK = 2048
# A correction is taken up when it improves on the pairs by this many standard errors in the other folds.
_CLEAR_GAIN = 2.0


@dataclass(frozen=True, slots=True)
class CriticScores:
    """Per-sample terms (n,) in nats of one bound, means of which are its values.

    `unseen`: by critics trained without the sample's fold; `seen`: by critics trained with it; `base`: by the Gaussian
    pairs the critics start from, fitted without the fold. `steps` (F,): how long the critic of each fold was trained,
    0 where the pairs are left as they are. `ceiling` of a mean, or None.
    """

    unseen: Floats
    seen: Floats
    base: Floats
    steps: Ints
    ceiling: float | None


def critic_scores(
    x: Floats, y: Floats, folds: Ints, *, bound: Bound, batch: int, block: int = LARGEST_BLOCK, seed: int = 0
) -> CriticScores:
    """Train a critic on the complement of each of the `folds` (n,) by `bound` on batches of `batch`, and judge it.

    How long to train is chosen for each fold by the scores of the other folds, which is early stopping without a
    further split. `block`: most samples compared with each other when judging.
    """
    inputs = list(fit_inputs(x, y, folds, seed))
    blocks = [_blocks(np.flatnonzero(folds == fold), block, seed) for fold in range(len(inputs))]
    with one_thread():
        critics = Critics.start(inputs, seed)
        marks = [_judged(critics, blocks, bound, base=True)]
        for _ in trained(critics, [item.train for item in inputs], bound, batch, seed):
            marks.append(_judged(critics, blocks, bound, base=False))
    objective, unseen, seen = (np.stack(terms) for terms in zip(*marks, strict=True))
    taken = np.array([_stop(objective[:, folds != fold]) for fold in range(len(inputs))])
    samples = np.arange(len(x))
    smallest = min(len(part) for parts in blocks for part in parts)
    return CriticScores(
        unseen=unseen[taken[folds], samples],
        seen=seen[taken[folds], samples],
        base=unseen[0],
        steps=np.array([0, *pauses(len(x))])[taken],
        ceiling=bound_ceiling(bound, smallest),
    )


def _blocks(rows: Ints, largest: int, seed: int) -> list[Ints]:
    """`rows` (m,) in random order, cut into blocks of about equal size, none above `largest`."""
    shuffled = np.random.default_rng([seed, 9]).permutation(rows)
    return np.array_split(shuffled, -(-len(rows) // largest))


def _judged(critics: Critics, blocks: list[list[Ints]], bound: Bound, *, base: bool) -> tuple[Floats, Floats, Floats]:
    """Terms (n,) of every sample: of the objective and of the bound where its fold was left out, and the bound's where
    the fold before was.
    """
    import torch

    samples = sum(len(part) for parts in blocks for part in parts)
    objective, unseen, seen = np.empty(samples), np.empty(samples), np.empty(samples)
    with torch.no_grad():
        for fold in range(len(blocks)):
            critic = critics.one(fold)
            value = critic.base if base else critic.values
            for part in blocks[fold]:
                values = value(torch.from_numpy(part)[None]).double()
                objective[part] = objective_terms(bound, values)[0].numpy()
                unseen[part] = bound_terms(bound, values)[0].numpy()
            for part in blocks[(fold + 1) % len(blocks)]:
                seen[part] = bound_terms(bound, value(torch.from_numpy(part)[None]).double())[0].numpy()
    return objective, unseen, seen


def _stop(terms: Floats) -> int:
    """The checkpoint of highest mean in `terms` (C, m), or 0, the pairs, when it is not clearly above them."""
    best = int(terms.mean(axis=1).argmax())
    gain = terms[best] - terms[0]
    return best if gain.mean() > _CLEAR_GAIN * gain.std() / np.sqrt(len(gain)) else 0
