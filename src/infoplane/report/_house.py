"""The look of every figure: colours that survive colour blindness and grey print, type, axes."""

from typing import Any

INK, MUTED, FAINT, GRID, EMPTY = "#1c2127", "#5b6570", "#a9b1b9", "#e7eaed", "#eef0f2"
LABEL, INPUT, ANSWER, LENS, CONTENT = "#0b5c9e", "#c0470b", "#8a4a86", "#0a7a62", "#b58100"
NULL = "rgba(91, 101, 112, 0.13)"
FONT = "-apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"
DASHES = ("solid", "7px,4px")
SYMBOLS = ("circle", "diamond-open")

RAMP = (
    "#011959",
    "#103f60",
    "#1c5a62",
    "#3c6d56",
    "#687b3e",
    "#9d892b",
    "#d29343",
    "#ee9a63",
)  # batlow, its pale end cut
BLUES = ("#f3f5f7", "#cfdeeb", "#9dc0dd", "#5f9aca", "#2a72ae", "#0b4d88", "#062f5a")
REDS = ("#f7f4f2", "#f3dccd", "#ecbb9c", "#df9163", "#cc6730", "#a2440d", "#6b2b06")
DIVERGING = ("#0b3d6b", "#3f7db3", "#a5c6df", "#f5f4f2", "#eab896", "#cb6a36", "#7d3108")


def scale(colours: tuple[str, ...]) -> list[list[Any]]:
    """Evenly spaced colours as the scale a figure takes."""
    return [[round(at / (len(colours) - 1), 4), colour] for at, colour in enumerate(colours)]


def shade(colour: str, share: float) -> str:
    """A colour `#rrggbb` so far see-through."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {share})"


def along(colours: tuple[str, ...], at: float) -> str:
    """The colour at `at` in [0, 1] of a ramp."""
    place = min(max(at, 0.0), 1.0) * (len(colours) - 1)
    low = min(int(place), len(colours) - 2)
    pair = [[int(colour[start : start + 2], 16) for start in (1, 3, 5)] for colour in colours[low : low + 2]]
    mixed = [round(one + (two - one) * (place - low)) for one, two in zip(*pair, strict=True)]
    return "#" + "".join(f"{part:02x}" for part in mixed)


def axis(title: str = "", **more: Any) -> dict[str, Any]:
    """A plain axis: a thin line, ticks outside, faint grid."""
    look = {
        "showline": True, "linecolor": FAINT, "linewidth": 1, "ticks": "outside", "ticklen": 4, "tickcolor": FAINT,
        "gridcolor": GRID, "zeroline": False, "automargin": True,
        "title": {"text": title, "standoff": 8, "font": {"size": 12, "color": MUTED}},
    }  # fmt: skip
    return look | more


def upright(title: str, *, y: float = 1.0) -> dict[str, Any]:
    """The title of a vertical axis, written level above it so that it is read without turning the head."""
    return {
        "text": title, "xref": "paper", "yref": "paper", "x": 0, "y": y, "xanchor": "left", "yanchor": "bottom",
        "xshift": -30, "yshift": 8, "showarrow": False, "align": "left", "font": {"color": MUTED, "size": 12},
    }  # fmt: skip


def layout(**more: Any) -> dict[str, Any]:
    """What all figures share."""
    look = {
        "font": {"family": FONT, "size": 12, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 44, "r": 18, "t": 34, "b": 44},
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": "#ffffff", "bordercolor": FAINT, "align": "left",
            "font": {"family": FONT, "size": 12.5, "color": INK},
        },
        "showlegend": False,
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": FAINT, "activecolor": INK},
    }  # fmt: skip
    return look | more
