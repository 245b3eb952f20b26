"""How alike the labels' directions are: a map of cosines in the order of their clustering."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from infoplane.report._figure import AGAIN, Figure, Key
from infoplane.report._house import DIVERGING, RAMP, along, axis, layout, scale
from infoplane.report._run_data import RunData
from infoplane.report._words import MINUS, safe, short

_ABOUT = (
    "Cosine between the directions of two labels. Labels that the model treats alike stand together and make squares "
    "on the diagonal. What all directions have in common is removed first, since it makes every pair look alike; "
    "switch to the raw cosines to see it."
)


def order(space: Mapping[str, Any]) -> list[int]:
    """The labels so that similar ones stand together: average linkage on 1 - cosine, leaves in the best order."""
    cosines = np.asarray(space["similarity"], np.float64)
    if len(cosines) < 3:
        return list(range(len(cosines)))
    distances = np.clip(1 - (cosines + cosines.T) / 2, 0.0, 2.0)
    np.fill_diagonal(distances, 0.0)
    return [
        int(leaf)
        for leaf in leaves_list(linkage(squareform(distances, checks=False), "average", optimal_ordering=True))
    ]


def colours(space: Mapping[str, Any]) -> list[str]:
    """A colour for every label: its place in `order`, so that similar labels have similar colours."""
    places = {label: place for place, label in enumerate(order(space))}
    return [along(RAMP, places[label] / max(len(places) - 1, 1)) for label in range(len(places))]


def draw(run: RunData, runs: Sequence[RunData]) -> Figure | None:
    """The map of `run`, both ways in one figure; None without a summary of its task space."""
    space = run.space
    if not space.get("similarity"):
        return None
    leaves = order(space)
    names = [str(space["labels"][leaf]) for leaf in leaves]
    maps = [
        _map(np.asarray(space[kind], np.float64)[np.ix_(leaves, leaves)])
        for kind in ("similarity", "similarity_raw")
        if space.get(kind)
    ]
    many = len(runs) > 1
    hidden = [trace | {"visible": place == 0} for place, trace in enumerate(maps)]
    ends = [-0.5, len(names) - 0.5]
    side: dict[str, Any] = {"showgrid": False, "tickcolor": "rgba(0,0,0,0)", "showline": False, "constrain": "domain"}
    return Figure(
        name=f"similarity-{runs.index(run)}" if many else "similarity",
        title=f"Which labels are alike, layer {space['layer']}" + (f": {run.model}" if many else ""),
        about=_ABOUT if run is runs[0] else AGAIN,
        traces=hidden,
        layout=layout(
            xaxis=axis(range=ends, tickangle=-90, **side),
            yaxis=axis(range=ends[::-1], scaleanchor="x", **side),
            margin={"l": 8, "r": 8, "t": 8, "b": 8},
        ),
        legend=(Key(f"{MINUS}1", "ramp", DIVERGING, to="1, cosine"),),
        height=600,
        overlaid=False,
        extra={
            "square": True,
            "ticks": [short(name) for name in names],
            "labels": [safe(name) for name in names],
            "switch": ["common part removed", "raw"][: len(maps)],
        },
    )


def _map(cosines: "np.ndarray[Any, np.dtype[np.float64]]") -> dict[str, Any]:
    gap = 1 if len(cosines) <= 40 else 0
    return {
        "type": "heatmap", "z": np.round(cosines, 3).tolist(), "zmin": -1, "zmax": 1, "colorscale": scale(DIVERGING),
        "showscale": False,
        "hoverinfo": "text", "xgap": gap, "ygap": gap,
    }  # fmt: skip
