"""Tables 2 and 3 in the paper's shape, every number beside the paper's own, as Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from answer_form import PAPER_STEPS, AnswerForm
from paper_claims import Claim
from paper_numbers import BASELINE, TABLE_2, TABLE_3

from infoplane.estimators import Estimate

Row = Mapping[str, Any]


def markdown(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *lines))


def steps_table(form: AnswerForm) -> str:
    """The paper's steps beside ours, and what is emitted there."""
    said = {
        "0": "the text",
        "0-3": "the text and the form",
        "4-5": "the label",
        "0,4-5": "the text and the label",
    }
    mapping = markdown(
        ("steps in the paper", "what they are", "here"),
        [(steps, said[steps], _written(form.edits(steps))) for steps in PAPER_STEPS],
    )
    emitted = markdown(
        ("step", "commonest token", "share", "roles"),
        [(str(one.step), f"`{one.token!r}`", f"{one.share:.2f}", _roles(one.roles)) for one in form.steps],
    )
    return f"{mapping}\n\n{emitted}"


def tried_table(tried: Iterable[Mapping[str, Any]]) -> str:
    """Directions and bands that were tried at one dose, and the accuracy of each when the gold label is told."""
    head = ("directions", "layers", "strength, in natural sizes", "accuracy on the tune split, gold label added")
    return markdown(
        head,
        [
            (one["directions"], one["layers"], f"{one['coefficient']:.3g}", _cell(Estimate.from_dict(one["accuracy"])))
            for one in tried
        ],
    )


def table_2(rows: Sequence[Row], dose: float | None) -> str:
    """The baseline and four rows of steps: added and subtracted, accuracy and macro-F1, in per cent."""
    known = _by_place(rows)
    head = ["steps", "add: accuracy", "paper", "macro-F1", "paper", "subtract: accuracy", "paper", "macro-F1", "paper"]
    plain = [
        cell
        for quantity, published in zip(("accuracy", "macro_f1"), BASELINE, strict=True)
        for cell in (_cell(known.get((quantity, "plain", None, None))), f"{published:.2f}")
    ]
    lines = [["baseline", *plain, *plain]]
    for steps in PAPER_STEPS:
        line = [steps]
        for operation in ("add", "subtract"):
            published = TABLE_2[steps].get(operation)
            for at, quantity in enumerate(("accuracy", "macro_f1")):
                here = known.get((quantity, _oracle(operation, dose), f"steps={steps}", dose))
                line += [_cell(here), f"{published[at]:.2f}" if published else ""]
        lines.append(line)
    return markdown(head, lines)


def controls_table(rows: Sequence[Row], dose: float) -> str:
    """Accuracies under the gold label's vector and its controls, and how many answers still name a label."""
    known = _by_place(rows)
    head = [
        "steps",
        "operation",
        "gold label",
        "random directions",
        "another label",
        "gold less random",
        "answers that name a label",
    ]
    lines = []
    for steps in PAPER_STEPS:
        for operation in ("add", "subtract"):
            at = (f"steps={steps}", dose)
            of_kinds = [
                _cell(known.get(("accuracy", f"{kind} {operation}", *at))) for kind in ("oracle", "random", "other")
            ]
            beyond = known.get(("difference_from_random", f"oracle {operation}", *at))
            named = known.get(("coverage", f"oracle {operation}", *at))
            lines.append([steps, operation, *of_kinds, _cell(beyond, signed=True), _cell(named)])
    return markdown(head, lines)


def table_3(rows: Sequence[Row]) -> str:
    """Accuracy, macro-F1 and time of every method, beside the paper's; methods it has not stand below."""
    known = {(row["quantity"], row["method"], row["role"]): Estimate.from_dict(row) for row in rows}
    here = dict.fromkeys(row["method"] for row in rows if row["quantity"] == "accuracy")
    head = ["method", "accuracy", "paper", "macro-F1", "paper", "ms an item", "times the prompt", "paper"]
    lines = []
    for method in dict.fromkeys([*TABLE_3, *here]):
        published = TABLE_3.get(method)
        of = {quantity: known.get((quantity, method, None)) for quantity in ("accuracy", "macro_f1", "seconds")}
        paper = (f"{published.accuracy:.2f}", f"{published.macro_f1:.2f}") if published else ("", "")
        seconds = published.seconds / TABLE_3["prompt"].seconds if published and published.seconds else None
        times = known.get(("relative_seconds", method, "prompt"))
        lines.append(
            [
                method,
                _cell(of["accuracy"]),
                paper[0],
                _cell(of["macro_f1"]),
                paper[1],
                _cell(of["seconds"], scale=1000),
                "1" if method == "prompt" else _cell(times, scale=1, digits=2),
                "" if seconds is None else f"{seconds:.2f}",
            ]
        )
    return markdown(head, lines)


def claims_table(claims: Iterable[Claim]) -> str:
    """Every claim, the paper's number, ours, and the verdict."""
    head = ["what the paper says", "paper", "here", "verdict"]
    return markdown(head, [[one.says, *_compared(one), one.verdict] for one in claims])


def _compared(claim: Claim) -> tuple[str, str]:
    if claim.bound:
        return f"x {claim.paper:.2f}", _cell(claim.here, scale=1, digits=2)
    return f"{claim.paper:+.2f}", _cell(claim.here, signed=True)


def _by_place(rows: Iterable[Row]) -> dict[tuple[Any, ...], Estimate]:
    places = ("quantity", "method", "role", "dose")
    return {tuple(row[name] for name in places): Estimate.from_dict(row) for row in rows}


def _oracle(operation: str, dose: float | None) -> str:
    return f"oracle {operation}" + ("" if dose else ", every layer")


def _cell(here: Estimate | None, *, scale: float = 100, digits: int = 1, signed: bool = False) -> str:
    """A value with its interval, in per cent unless `scale` says otherwise; empty where there is none."""
    if here is None:
        return ""
    sign = "+" if signed else ""
    value = f"{scale * here.value:{sign}.{digits}f}"
    if here.low is None or here.high is None:
        return value
    return f"{value} [{scale * here.low:{sign}.{digits}f}, {scale * here.high:{sign}.{digits}f}]"


def _written(edits: Sequence[tuple[str, str]]) -> str:
    """Steps in words, with the tokens that are meant at step 0."""
    words = (f"step{'s' * ('-' in steps)} {steps}" + f" (tokens: {tokens})" * (steps == "0") for steps, tokens in edits)
    return " and ".join(words)


def _roles(roles: Mapping[str, float]) -> str:
    return ", ".join(f"{role} {share:.2f}" for role, share in roles.items())
