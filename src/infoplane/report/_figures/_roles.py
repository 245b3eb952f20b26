"""I(T;Y) by layer at the tokens that play a part in the answer, whichever step they fall on."""

from collections.abc import Sequence

from infoplane.report._curves import Trace, curve, layer_axis, room
from infoplane.report._figure import Figure, Key
from infoplane.report._house import ANSWER, CONTENT, INPUT, LABEL, LENS, axis, layout, upright
from infoplane.report._points import Point
from infoplane.report._run_data import RunData
from infoplane.report._words import ROLES, hover, safe

_ABOUT = (
    "Answers differ in length, so the same step is another token in each. Here states are lined up by the token they "
    "emit: the first token of the label, the rest of it, the end of the answer, and anything else."
)
_COLOURS = dict(zip(ROLES, (LABEL, LENS, CONTENT, ANSWER), strict=True))


def draw(runs: Sequence[RunData]) -> Figure | None:
    """One curve a role and run, or None without rows."""
    across = layer_axis(runs)
    traces: list[Trace] = []
    shown: list[Point] = []
    roles: list[str] = []
    for at, run in enumerate(runs):
        whose = f"{safe(run.model)}, " if len(runs) > 1 else ""
        for role in _roles(run):
            own = run.by_layer("steps", "label_information", role=role)
            told = [hover(f"{whose}{safe(ROLES.get(role, role))}, layer {point.layer}", point) for point in own]
            traces += curve(across.places(run, own), own, told, _COLOURS.get(role, INPUT), run=at)
            shown += own
            roles.append(role)
    if not shown:
        return None
    return Figure(
        name="by-role",
        title="By the part a token plays",
        about=_ABOUT,
        traces=traces,
        layout=layout(xaxis=across.layout(), yaxis=axis(range=room(shown)), annotations=[upright("I(T;Y), bits")]),
        legend=tuple(Key(ROLES.get(role, role), "line", (_COLOURS.get(role, INPUT),)) for role in dict.fromkeys(roles)),
        height=340,
    )


def _roles(run: RunData) -> list[str]:
    found = {point.row.get("role") for point in run.find("steps", "label_information")} - {"step", None}
    return [role for role in ROLES if role in found] + sorted(str(role) for role in found if role not in ROLES)
