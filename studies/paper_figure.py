"""Table 2 as a picture: accuracy under the gold label's vector, its random control and the paper's own, as an SVG."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from answer_form import PAPER_STEPS
from paper_numbers import BASELINE, TABLE_2

LEFT, TOP, WIDTH, LINE = 190, 64, 470, 30
GOLD, CONTROL, PAPER = "#0b6e99", "#9a9a9a", "#c2410c"

Row = Mapping[str, Any]


def figure_2(rows: Sequence[Row], dose: float, model: str) -> str:
    """The picture of `rows` of the ledger at `dose` nats; numbers that are missing are left out."""
    known = {(row["quantity"], row["method"], row["role"], row["dose"]): row for row in rows}
    places = [(operation, steps) for operation in ("add", "subtract") for steps in PAPER_STEPS]
    height = TOP + LINE * len(places) + 46
    plain = known.get(("accuracy", "plain", None, None))
    parts = [*_frame(height, model), *_baseline(plain, height)]
    for number, (operation, steps) in enumerate(places):
        y = TOP + LINE * number + LINE / 2
        parts.append(_text(LEFT - 12, y + 4, f"{operation} at {steps}", anchor="end"))
        for kind, shift, colour in (("oracle", 0.0, GOLD), ("random", 7.0, CONTROL)):
            found = known.get(("accuracy", f"{kind} {operation}", f"steps={steps}", dose))
            if found:
                parts += _interval(found, y + shift - 2, colour)
        if operation in TABLE_2[steps]:
            x = _x(TABLE_2[steps][operation][0])
            parts.append(f'<path d="M{x:.1f} {y - 7:.1f}l5 5l-5 5l-5-5z" fill="{PAPER}"/>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _frame(height: int, model: str) -> Iterator[str]:
    whole = LEFT + WIDTH + 30
    style = 'font-family="system-ui, sans-serif" font-size="13"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {height}" {style} role="img">'
    yield f"<title>Accuracy when the gold label's vector is added or subtracted, {model} beside the paper</title>"
    yield f'<rect width="{whole}" height="{height}" fill="#ffffff"/>'
    keys = ((GOLD, f"gold label's vector, {model}"), (CONTROL, "random directions"), (PAPER, "paper (Llama-3.1-8B)"))
    for (colour, said), x in zip(keys, (16, 270, 420), strict=True):
        yield f'<circle cx="{x}" cy="22" r="5" fill="{colour}"/>'
        yield _text(x + 12, 26, said)
    for share in range(0, 101, 20):
        x = _x(share)
        yield f'<line x1="{x}" y1="{TOP - 6}" x2="{x}" y2="{height - 34}" stroke="#e5e5e5"/>'
        yield _text(x, height - 16, f"{share} %", anchor="middle")


def _baseline(plain: Row | None, height: int) -> Iterator[str]:
    """Accuracies without steering, as dashed lines."""
    values = [(PAPER, BASELINE[0])] + ([(GOLD, 100 * plain["value"])] if plain else [])
    for colour, value in values:
        x = _x(value)
        ends = f'x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{height - 34}"'
        yield f'<line {ends} stroke="{colour}" stroke-dasharray="4 4"/>'
    yield _text(_x(values[-1][1]), TOP - 12, "without steering", anchor="middle")


def _interval(found: Row, y: float, colour: str) -> Iterator[str]:
    low, value, high = (_x(100 * found[name]) for name in ("low", "value", "high"))
    yield f'<line x1="{low:.1f}" y1="{y:.1f}" x2="{high:.1f}" y2="{y:.1f}" stroke="{colour}" stroke-width="2"/>'
    yield f'<circle cx="{value:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'


def _x(share: float) -> float:
    return LEFT + WIDTH * share / 100


def _text(x: float, y: float, said: str, *, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#222222">{said}</text>'
