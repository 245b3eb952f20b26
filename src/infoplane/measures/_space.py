"""How far the directions of a task space can be trusted: sign rate, agreement and size, by layer and label."""

from collections.abc import Iterator
from functools import partial

from infoplane.estimators import Estimate
from infoplane.measures._numbers import Options, Row, Unit
from infoplane.measures._saved import Saved


def units(saved: Saved, options: Options) -> Iterator[Unit]:  # noqa: ARG001 - the shape of every measure
    """The checks the space was built with, one unit a layer."""
    for layer in saved.space.layers:
        last = {"quantity": "size", "layer": layer, "site": "residual", "label": saved.space.labels[-1]}
        yield Unit(last, partial(_rows, saved, layer))


def _rows(saved: Saved, layer: int) -> list[Row]:
    checks = [check for check in saved.space.checks if check["layer"] == layer]
    where = ("quantity", "layer", "label")
    return [({"site": "residual"} | {key: row[key] for key in where}, Estimate.from_dict(row)) for row in checks]
