"""A figure of the page: what is drawn, its legend, and the words beside it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import plotly.graph_objects as go
from markupsafe import Markup
from plotly.utils import PlotlyJSONEncoder

AGAIN = "The same for the second run."

Mark = Literal["line", "dashed", "dotted", "band", "bar", "dot", "small", "open", "ramp"]


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of a legend. `colours`: one, or those of a ramp, whose ends are then named by `name` and `to`."""

    name: str
    mark: Mark
    colours: tuple[str, ...]
    to: str = ""

    @property
    def colour(self) -> str:
        """Its only or first colour."""
        return self.colours[0]


@dataclass(frozen=True, slots=True)
class Figure:
    """`traces` and `layout` as plotly takes them; `extra` is what the page's own script needs to fit or turn it.

    `overlaid`: with two runs, whether both are drawn in it, the second dashed. `extra` may hold `square` (as high as
    wide), `ticks` (names of 0, 1, 2, ... on both axes) with the full `labels`, `names` (to place at the marks of the
    last trace, diagonally first if `corners`), `turn` (three coordinates a mark) with `axes`, and `switch` (names of
    the traces, of which one is shown at a time).
    """

    name: str
    title: str
    about: str
    traces: Sequence[Mapping[str, Any]]
    layout: Mapping[str, Any]
    legend: tuple[Key, ...] = ()
    height: int = 380
    overlaid: bool = True
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def json(self) -> Markup:
        """Checked by plotly, as JSON that can stand inside a script element."""
        checked = go.Figure(data=list(self.traces), layout=dict(self.layout)).to_plotly_json()
        checked["layout"].pop("template", None)
        text = json.dumps(
            checked | {"extra": self.extra}, cls=PlotlyJSONEncoder, allow_nan=False, separators=(",", ":")
        )
        return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
