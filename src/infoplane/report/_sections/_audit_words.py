"""What an audit proves and what it does not, in words."""

from infoplane.report._audit import READ, STATE, WITHOUT, Place, caveats, kinds, number_of, places, proven
from infoplane.report._points import Point
from infoplane.report._run_data import RunData
from infoplane.report._words import number, whole


def sentences(run: RunData) -> list[str]:
    """The kind of which most is proven, the kinds of which nothing is, and what that means."""
    found = places(run)
    if not found:
        return []
    place, told = found[-1], []
    certain = {kind: one for kind in kinds(run) if (one := proven(run, READ, kind, place)) is not None}
    if certain:
        most = max(certain, key=lambda kind: certain[kind].value or 0.0)
        told.append(_most(run, most, certain[most], place))
    if left := [kind for kind in kinds(run) if kind not in certain]:
        told.append(f"Of {', '.join(left)} no more is proven to be read back whole than is guessed without the state.")
    return [*told, *caveats(run)[:1]]


def _most(run: RunData, kind: str, sure: Point, place: Place) -> str:
    read, guess = (number_of(run, READ, kind, place, method) for method in (STATE, WITHOUT))
    of = "" if read is None else f"{whole(read)} are read back whole from the state"
    beside = "" if guess is None else f", {number(guess.value, '%')} are guessed without it"
    return f"Of the kind {kind}, {of}{beside}; at least {number(sure.value, '%')} is proven."


def further(run: RunData) -> list[str]:
    """What else has to be known to read the numbers."""
    return caveats(run)[1:]
