"""Numbers and names as a reader sees them."""

import html
import math
from collections.abc import Mapping, Sequence
from typing import Any

from infoplane.report._points import Point

MINUS, DASH = "\u2212", "\u2013"

QUANTITIES = {
    "label_information": "I(T;Y)",
    "input_information": "I(T;X)",
    "conditional_label_information": "I(T;Y | answer)",
    "space_information": "I(z;Y) in the task space",
    "probe_accuracy": "probe accuracy",
    "lens_accuracy": "lens accuracy",
    "prompt_accuracy": "prompt accuracy",
    "answer_accuracy": "answer accuracy",
    "label_entropy": "H(Y)",
    "recovery_information": "I(T;E)",
    "fano_information": "I(T;E) by Fano",
    "fano_prior_information": "I(T;E) by Fano with a prior",
    "fano_list_information": "I(T;E) by Fano, ten guesses",
    "certified_information": "proven I(T;E)",
    "certified_fano_information": "proven I(T;E) by Fano",
    "text_information": "I(X;E)",
    "text_entropy": "H(T)",
}
STATES = {"last": "last prompt token", "content": "mean of content tokens"}
ROLES = {
    "label": "first token of the label",
    "label_rest": "rest of the label",
    "end": "end of the answer",
    "other": "anything else",
}


def number(value: float | None, unit: str = "") -> str:
    """Three significant digits or so, with a real minus sign, and the unit."""
    if value is None:
        return "\u2014"
    text = _digits(value, unit).replace("-", MINUS)
    return f"{text}\u202f%" if unit == "%" else f"{text}\u00a0{unit}".rstrip()


def _digits(value: float, unit: str) -> str:
    """The digits worth showing; what rounds to nothing has no sign."""
    text = f"{value:,.{_places(value, unit)}f}"
    return text.removeprefix("-") if not text.strip("-0.") else text


def _places(value: float, unit: str) -> int:
    """How many decimal places are worth showing."""
    if unit in ("%", "points"):
        return 1
    if unit == "seconds" and abs(value) >= 1:
        return 0 if value >= 100 else 1
    if value == int(value) and abs(value) >= 10:
        return 0
    return 1 if abs(value) >= 100 else 2 if abs(value) >= 0.095 or value == 0 else 3


def interval(point: Point) -> str:
    """The interval in brackets, empty where there is none."""
    if point.low is None or point.high is None:
        return ""
    ends = [_digits(end, point.unit).replace("-", MINUS) for end in (point.low, point.high)]
    return f"[{ends[0]}, {ends[1]}]"


def alike(point: Point, least: int = 2) -> tuple[str, str]:
    """A number and its interval, to as many places as show two digits of the number, at least `least`."""
    places = least if not point.value else max(least, 1 - math.floor(math.log10(abs(point.value))))
    value, *ends = (
        "" if end is None else f"{end:,.{places}f}".replace("-", MINUS) for end in (point.value, point.low, point.high)
    )
    return value, f"[{ends[0]}, {ends[1]}]" if all(ends) else ""


def signed(point: Point) -> str:
    """A difference with its sign and interval."""
    sign = "+" if (point.value or 0.0) > 0 else ""
    return f"{sign}{number(point.value, point.unit)} {interval(point)}".rstrip()


def whole(point: Point) -> str:
    """Value, interval and unit in one breath."""
    if point.unit == "%":
        return f"{number(point.value, '%')} {interval(point)}".rstrip()
    return f"{number(point.value)} {interval(point)} {point.unit}".rstrip()


def safe(text: object) -> str:
    """Text from outside, safe inside the small mark-up figures understand."""
    return html.escape(str(text), quote=False)


def short(text: object, most: int = 18) -> str:
    """Text from outside in at most so many letters, its beginning and its end kept, safe for figures."""
    plain = " ".join(str(text).split()) or "(empty)"
    tail = most // 3
    return safe(plain if len(plain) <= most else f"{plain[: most - tail - 1].rstrip()}\u2026{plain[-tail:].lstrip()}")


def plain_token(text: str) -> str:
    """An emitted token with its white space made visible, not yet safe for figures."""
    return text.replace("\r", "").replace("\n", "\u21b5").replace("\t", "\u21e5").replace(" ", "\u00b7") or "end"


def token(text: str, most: int = 9) -> str:
    """An emitted token with its white space made visible, in a few letters, safe for figures."""
    return short(plain_token(text), most)


def hover(title: str, point: Point, *more: str) -> str:
    """The hover box of a number: what it is, value and interval, null, ceiling, n, warnings. `title` must be safe."""
    lines = [f"<b>{title}</b>", whole(point)]
    if point.controlled and point.null_high is not None and point.null_mean is not None:
        chance = number(point.null_high - point.null_mean, point.unit)
        lines.append(f"control {number(point.null_mean, point.unit)}, by chance within {chance} of it")
    elif point.null_high is not None:
        lines.append(f"null, 95 % below {number(point.null_high, point.unit)}")
    if point.ceiling is not None and point.unit == "bits":
        share = f" ({100 * point.share:.0f} % reached)" if point.share is not None else ""
        lines.append(f"ceiling {number(point.ceiling, 'bits')}{share}")
    lines += [f"n = {point.n:,}", *more]
    if point.flags:
        lines.append(safe(" · ".join(flag.replace("_", " ") for flag in point.flags)))
    return "<br>".join(lines)


def flat(mapping: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """A nested mapping as pairs of dotted name and text."""
    pairs: list[tuple[str, str]] = []
    for key, value in mapping.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            pairs += flat(value, f"{name}.")
        else:
            pairs.append((name, _listed(value) if isinstance(value, list | tuple) else _plain(value)))
    return pairs


def _listed(values: Sequence[Any]) -> str:
    """Texts with commas; whole numbers without a gap by their first and last."""
    if len(values) > 3 and all(isinstance(value, int) for value in values):
        low, high = values[0], values[-1]
        if list(values) == list(range(low, high + 1)):
            return f"{low} to {high}"
    return ", ".join(map(_plain, values))


def _plain(value: Any) -> str:
    return "none" if value is None else str(value)
