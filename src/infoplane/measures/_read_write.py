"""The read/write map: what a layer's state tells about the label against what can be written there.

Written is a label that is not the example's own, at one layer, at a dose of 0.1 nats: the change of its log-odds among
the labels per nat spent. A layer that is read and not written holds information that is not used there.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from infoplane.estimators import Estimate
from infoplane.measures._contrast import against, group_weights, ratio_row
from infoplane.measures._live import Live, Strength, spent_flags, strength_flags
from infoplane.measures._numbers import Options, Row, Unit
from infoplane.measures._readout import read_layers, readout_of
from infoplane.measures._saved import Saved
from infoplane.measures._told import log_odds, other_labels
from infoplane.measures._trial import effects_of, scored

Floats = NDArray[np.float64]

DOSE = 0.1
_PLAIN = "read_write.plain"
_FEWEST_LAYERS = 5


def collect(live: Live) -> None:
    """Read every layer, then write a told label there, with its own direction and a random one of the same dose."""
    jobs = {_PLAIN: scored(None)}
    layers = _layers(live.saved)
    read_layers(live.saved, live.options, "last", layers, live.progress)
    each = [(method, layer) for method in live.spaces for layer in layers]
    wanted = [Strength(_strength(*one), live.spaces[one[0]], DOSE, (one[1],)) for one in each]
    steers = live.steers(wanted)
    jobs |= {_name(*one): scored(steers[_strength(*one)](live.told)) for one in each}
    live.collect("writing at each layer", live.chunks(), jobs)


def units(saved: Saved, options: Options) -> Iterator[Unit]:
    """Two numbers a layer and their correlation; none for an encoder, which gives labels no odds."""
    if not saved.answering:
        return
    for layer in _layers(saved):
        yield Unit({"quantity": "write_gain", "layer": layer}, partial(_layer_rows, saved, options, layer))
    yield Unit({"quantity": "read_write_correlation"}, partial(_correlation_rows, saved, options))


def _layers(saved: Saved) -> list[int]:
    """Layers that were read and have directions."""
    return [layer for layer in saved.space.layers if layer in saved.layers]


def _layer_rows(saved: Saved, options: Options, layer: int) -> list[Row]:
    where = {"layer": layer, "site": "residual"}
    read = readout_of(saved, options, "last", layer).information
    return [
        (where | {"quantity": "label_information"}, read),
        (where | {"quantity": "write_gain"}, _gain(saved, options, layer)),
    ]


def _gain(saved: Saved, options: Options, layer: int) -> Estimate:
    """Change of the told label's log-odds per nat, against a random direction that spends as much."""
    own, spent = _written(saved, options, "add", layer)
    control, control_spent = _written(saved, options, "random", layer)
    shape = Estimate(value=0.0, units="score", n=len(own), estimator=f"log_odds_per_nat(dose={DOSE})")
    found = ratio_row((own, control), (spent, control_spent), saved.groups(), options, shape)
    flags = strength_flags(saved, _strength("add", layer), _strength("random", layer))
    return found.flagged(*flags, *spent_flags(DOSE, spent, control_spent))


def _written(saved: Saved, options: Options, method: str, layer: int) -> tuple[Floats, Floats]:
    """Change of the told label's log-odds (n,), and nats spent (n,)."""
    told = other_labels(saved.labels(), len(saved.names), options.seed)
    spent, scores = effects_of(saved, _name(method, layer))
    return log_odds(scores, told) - log_odds(effects_of(saved, _PLAIN)[1], told), spent


def _correlation_rows(saved: Saved, options: Options) -> list[Row]:
    """Spearman's correlation over layers; interval from examples drawn by group.

    p from the layers written turned round and mirrored in all ways, which leaves neighbours neighbours; permuting them
    would take half of all pairs of random walks over 32 layers for related.
    """
    layers, weights = _layers(saved), group_weights(saved.groups(), options.seed)
    ones = np.ones((1, weights.shape[1]))
    value = float(_spearman(*_maps(saved, options, layers, ones))[0])
    low, high = np.quantile(_spearman(*_maps(saved, options, layers, weights)), [0.025, 0.975])
    read, write = _maps(saved, options, layers, ones)
    found = Estimate(
        value=value,
        low=min(float(low), value),
        high=max(float(high), value),
        units="score",
        n=len(layers),
        estimator="spearman",
        ceiling=1.0,
        flags=("alike_layers", *(("few_layers",) if len(layers) < _FEWEST_LAYERS else ())),
    )
    turned = np.array([np.roll(way, by) for way in (write[0], write[0, ::-1]) for by in range(len(layers))][1:])
    draws = _spearman(np.broadcast_to(read, turned.shape), turned) if options.permutations else np.zeros(0)
    return [({"quantity": "read_write_correlation"}, against(found, 0.0, draws))]


def _maps(saved: Saved, options: Options, layers: list[int], weights: Floats) -> tuple[Floats, Floats]:
    """What is read and what is written at every layer, (D, layers) each, examples weighted by `weights` (D, n)."""
    read, write = [], []
    for layer in layers:
        gain, spent = _written(saved, options, "add", layer)
        read.append(weights @ readout_of(saved, options, "last", layer).scores / weights.sum(axis=1))
        write.append(weights @ gain / np.maximum(weights @ spent, np.finfo(float).tiny))
    return np.array(read).T, np.array(write).T


def _spearman(read: Floats, write: Floats) -> Floats:
    """Rank correlation of every row of (D, layers) arrays, (D,); 0 where one of them is constant."""
    first, second = (rankdata(side, axis=1) - (side.shape[1] + 1) / 2 for side in (read, write))
    scale = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    found: Floats = np.divide((first * second).sum(axis=1), scale, out=np.zeros(len(scale)), where=scale > 0)
    return found


def _name(method: str, layer: int) -> str:
    return f"read_write.{method}.{layer}"


def _strength(method: str, layer: int) -> str:
    return f"strength.{method}.{layer}.{DOSE}"
