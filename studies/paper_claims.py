"""What the task-space paper says of its Tables 2 and 3, each with the interval here that says whether it was seen."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from paper_numbers import BASELINE, TABLE_2, TABLE_3

from infoplane.estimators import Estimate

SAME = 0.02  # accuracies that differ by less are called the same

Row = Mapping[str, Any]
Find = Callable[..., Estimate | None]


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of the paper as a difference.

    says       the sentence
    paper      its difference, in points, or a ratio of times
    expected   "above" or "below" a bound, or "same": within it of zero
    here       the same here, None where it was not measured
    """

    says: str
    paper: float
    expected: str
    here: Estimate | None
    bound: float = 0.0

    @property
    def verdict(self) -> str:
        """Seen or contradicted where the whole interval says so; otherwise open."""
        if self.here is None or self.here.low is None or self.here.high is None:
            return "not measured"
        low, high = self.here.low - self.bound, self.here.high - self.bound
        seen = {"above": low > 0, "below": high < 0, "same": self.here.low >= -SAME and self.here.high <= SAME}
        against = {"above": high < 0, "below": low > 0, "same": low > 0 or high < 0}
        if seen[self.expected]:
            return "**seen**"
        return "**the opposite**" if against[self.expected] else "not seen"


def claims_2(rows: Iterable[Row], dose: float) -> Iterator[Claim]:
    """The claims of Table 2, at the strength of `dose` nats."""
    find = _finder(rows)
    plain, table = BASELINE[0], TABLE_2

    def at(quantity: str, operation: str, steps: str) -> Estimate | None:
        return find(quantity=quantity, method=f"oracle {operation}", role=f"steps={steps}", dose=dose)

    effects = (
        ("Adding the gold label's vector at the label's steps raises accuracy", "add", "4-5"),
        ("Subtracting it at the label's steps lowers accuracy", "subtract", "4-5"),
        ("Subtracting it from the prompt (step 0) lowers accuracy", "subtract", "0"),
        ("Subtracting it at steps 0 and 4-5 lowers accuracy", "subtract", "0,4-5"),
    )
    for says, operation, steps in effects:
        expected = "above" if operation == "add" else "below"
        change = table[steps][operation][0] - plain
        yield Claim(says, change, expected, at("difference_from_plain", operation, steps))
        here = at("difference_from_random", operation, steps)
        yield Claim("... and by more than a random direction of the same size", change, expected, here)
    subtracted = {steps: scores["subtract"][0] for steps, scores in table.items()}
    for says, one, other, expected in (
        ("Subtracting at the form's steps too (0-3) adds nothing to step 0", "0-3", "0", "same"),
        ("The label's steps matter more than the prompt", "4-5", "0", "below"),
        ("Both together lower accuracy most", "0,4-5", "4-5", "below"),
    ):
        here = at("difference_between_steps", "subtract", f"{one} less steps={other}")
        yield Claim(says, subtracted[one] - subtracted[other], expected, here)


def claims_3(rows: Iterable[Row]) -> Iterator[Claim]:
    """The claims of Table 3; of fine-tuning none, as nothing is trained here."""
    find = _finder(rows)
    for says, method, base, quantity, expected in (
        ("IC-ICL beats the prompt", "ic-icl", "prompt", "accuracy", "above"),
        ("IC-ICL beats the prompt in macro-F1", "ic-icl", "prompt", "macro_f1", "above"),
        ("IC-ICL beats ICL", "ic-icl", "icl", "accuracy", "above"),
        ("IC-ICL beats ICL in macro-F1", "ic-icl", "icl", "macro_f1", "above"),
        ("ICL is less accurate than the prompt", "icl", "prompt", "accuracy", "below"),
        ("ICL has the better macro-F1 than the prompt", "icl", "prompt", "macro_f1", "above"),
    ):
        change = getattr(TABLE_3[method], quantity) - getattr(TABLE_3[base], quantity)
        yield Claim(says, change, expected, find(quantity=f"{quantity}_difference", method=method, role=base))
    seconds = {name: published.seconds for name, published in TABLE_3.items() if published.seconds}
    for says, method, base in (
        ("IC-ICL costs little more time than the prompt", "ic-icl", "prompt"),
        ("IC-ICL costs about half the time of ICL", "ic-icl", "icl"),
    ):
        ratio = seconds[method] / seconds[base]
        here = find(quantity="relative_seconds", method=method, role=base)
        yield Claim(f"{says}, at most the ratio printed", ratio, "below", here, bound=round(ratio, 2) + 0.005)


def _finder(rows: Iterable[Row]) -> Find:
    """Looks a number up by its coordinates; None where there is none."""
    known = list(rows)

    def find(**where: Any) -> Estimate | None:
        found = [row for row in known if all(row[name] == value for name, value in where.items())]
        return Estimate.from_dict(found[0]) if found else None

    return find
