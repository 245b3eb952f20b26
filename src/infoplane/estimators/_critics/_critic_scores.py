"""Critics judged: every sample by a critic that has not seen it, and by one that has."""

from dataclasses import dataclass

import numpy as np

from infoplane.estimators._arrays import Floats, Ints, as_groups
from infoplane.estimators._critics._bounds import Bound, bound_ceiling, bound_terms, objective_terms
from infoplane.estimators._critics._critic import Critics, pauses, trained
from infoplane.estimators._critics._critic_inputs import fit_inputs
from infoplane.estimators._critics._critic_null import SCALES, exchanged, null_draws
from infoplane.estimators._one_thread import one_thread
from infoplane.estimators._permute import permute_rows

# All pairs of a judged block are compared, which bounds memory and time.
LARGEST_BLOCK = 2048
# A correction is taken up when it improves on the pairs by this many standard errors in the other folds.
_CLEAR_GAIN = 2.0


@dataclass(frozen=True, slots=True)
class CriticScores:
    """Per-sample terms (n,) in nats of one bound, means of which are its values.

    `unseen`: by critics trained without the sample's fold; `seen`: by critics trained with it; `base`: by the Gaussian
    pairs the critics start from, fitted without the fold. `steps` (F,): how long the critic of each fold was trained,
    0 where the pairs are left as they are. `null` (P,): what the critics say of pairs exchanged inside their blocks.
    `ceiling` of a mean, or None.
    """

    unseen: Floats
    seen: Floats
    base: Floats
    steps: Ints
    null: Floats
    ceiling: float | None


def critic_scores(
    x: Floats,
    y: Floats,
    folds: Ints,
    *,
    bound: Bound,
    batch: int,
    block: int = LARGEST_BLOCK,
    groups: Ints | None = None,
    permutations: int = 0,
    seed: int = 0,
) -> CriticScores:
    """Train a critic on the complement of each of the `folds` (n,) by `bound` on batches of `batch`, and judge it.

    How long to train is chosen for each fold by the scores of the other folds, which is early stopping without a
    further split. `block`: most samples compared with each other when judging. The null keeps `groups` (n,) together
    as far as their blocks allow, and is that of `infonce` whatever the bound.
    """
    inputs = list(fit_inputs(x, y, folds, seed))
    blocks = [_blocks(np.flatnonzero(folds == fold), block, seed) for fold in range(len(inputs))]
    orders = _orders(blocks, as_groups(groups, len(x)), permutations, seed)
    with one_thread():
        critics = Critics.start(inputs, seed)
        marks = [_judged(critics, blocks, bound, orders, base=True)]
        for _ in trained(critics, [item.train for item in inputs], bound, batch, seed):
            marks.append(_judged(critics, blocks, bound, orders, base=False))
    objective, unseen, seen, sums, levels = (np.stack(terms) for terms in zip(*marks, strict=True))
    taken = np.array([_stop(objective[:, folds != fold]) for fold in range(len(inputs))])
    samples, every = np.arange(len(x)), np.arange(len(inputs))
    smallest = min(len(part) for parts in blocks for part in parts)
    return CriticScores(
        unseen=unseen[taken[folds], samples],
        seen=seen[taken[folds], samples],
        base=unseen[0],
        steps=np.array([0, *pauses(len(x))])[taken],
        null=null_draws(sums[taken, every], levels[taken, every], len(x)),
        ceiling=bound_ceiling(bound, smallest),
    )


def _blocks(rows: Ints, largest: int, seed: int) -> list[Ints]:
    """`rows` (m,) in random order, cut into blocks of about equal size, none above `largest`."""
    shuffled = np.random.default_rng([seed, 9]).permutation(rows)
    return np.array_split(shuffled, -(-len(rows) // largest))


def _orders(blocks: list[list[Ints]], groups: Ints, permutations: int, seed: int) -> Ints:
    """Orders (P, n) of rows that each exchange places inside their block."""
    block_of = np.empty(len(groups), dtype=np.int64)
    for number, part in enumerate(part for parts in blocks for part in parts):
        block_of[part] = number
    return permute_rows(groups, block_of, permutations, seed)


def _judged(
    critics: Critics, blocks: list[list[Ints]], bound: Bound, orders: Ints, *, base: bool
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Terms (n,) of every sample: of the objective and of the bound where its fold was left out, and the bound's where
    the fold before was. By fold, sums (F, P) and levels (F, B) of exchanged pairs.
    """
    import torch

    objective, unseen, seen = np.empty((3, orders.shape[1]))
    place = np.empty(orders.shape[1], dtype=np.int64)
    sums, levels = np.zeros((len(blocks), len(orders))), np.zeros((len(blocks), len(SCALES)))
    with torch.no_grad():
        for fold in range(len(blocks)):
            critic = critics.one(fold)
            value = critic.base if base else critic.values
            for part in blocks[fold]:
                values = value(torch.from_numpy(part)[None]).double()
                objective[part] = objective_terms(bound, values)[0].numpy()
                unseen[part] = bound_terms(bound, values)[0].numpy()
                if len(orders):
                    place[part] = np.arange(len(part))
                    found = exchanged(values[0], place[orders[:, part]])
                    sums[fold] += found[0]
                    levels[fold] += found[1]
            for part in blocks[(fold + 1) % len(blocks)]:
                seen[part] = bound_terms(bound, value(torch.from_numpy(part)[None]).double())[0].numpy()
    return objective, unseen, seen, sums, levels


def _stop(terms: Floats) -> int:
    """The checkpoint of highest mean in `terms` (C, m), or 0, the pairs, when it is not clearly above them."""
    best = int(terms.mean(axis=1).argmax())
    gain = terms[best] - terms[0]
    return best if gain.mean() > _CLEAR_GAIN * gain.std() / np.sqrt(len(gain)) else 0
