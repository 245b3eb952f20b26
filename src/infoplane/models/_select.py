"""`Select`: one small language that says which states are meant, for reading, steering and losses alike.

A clause is written as keywords or as text, and both are the same object:

    Select(layers="4-8", site="mlp", tokens="content", reduce="mean")
    Select.parse("layers=4-8 site=mlp tokens=content reduce=mean")

Nothing here knows torch: a selection is resolved against plain facts (the number of blocks, the number of steps, the
number of tokens), and an error shows what was written beside what the model has.
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Literal

from infoplane._errors import InputError

Layer = int | Literal["final"]

SITES = ("residual", "attention", "mlp", "head")
REDUCTIONS = ("none", "mean", "sum", "last")
TOKEN_WORDS = ("last", "content", "all")
SPAN = "span:"

_RANGE = re.compile(r"(-?\d+)-(-?\d+)")


class _Fact(ValueError):  # noqa: N818
    """What is wrong, without the context that `Select` adds."""


@dataclass(frozen=True, slots=True)
class Select:
    """Which states: `layers`, `site`, `steps`, `tokens` and how the tokens are reduced.

    layers  "all", numbers, ranges "4-8", negative numbers counted from the last layer, "final"; also an int or a list.
            0 is the embedding output, l the residual stream after block l, "final" what multiplies the unembedding.
    site    "residual", "attention" or "mlp" (what the sub-block of block l adds), "head" (input of the attention output
            projection, seen per head).
    steps   "all", numbers or ranges; 0 is the prompt, t >= 1 the forward pass that emits token t.
    tokens  "last", "content" (the text without template), "all", positions (negative from the end), "span:some words".
    reduce  over the tokens: "none", "mean", "sum", "last".

    Raises InputError for a clause that cannot be read.
    """

    layers: str | int | Iterable[int | str] = "all"
    site: str = "residual"
    steps: str | int | Iterable[int | str] = "all"
    tokens: str | int | Iterable[int | str] = "last"
    reduce: str = "none"

    def __post_init__(self) -> None:
        for clause in ("layers", "steps", "tokens"):
            object.__setattr__(self, clause, _written(getattr(self, clause)))
        try:
            for clause, read in (("layers", _read_layers), ("steps", _read_steps), ("tokens", _read_tokens)):
                object.__setattr__(self, clause, read(getattr(self, clause)))
            _among(self.site, SITES, "site")
            _among(self.reduce, REDUCTIONS, "reduce")
        except _Fact as fact:
            raise InputError(f"{self}: {fact}.") from None

    @classmethod
    def parse(cls, text: str) -> "Select":
        """Read `clause=value` pairs; a value with spaces is quoted. Raises InputError naming what is not understood."""
        known = [field.name for field in fields(cls)]
        clauses: dict[str, str] = {}
        try:
            for word in shlex.split(text):
                clause, equals, value = word.partition("=")
                if not equals or clause not in known:
                    raise _Fact(f"{word!r} is no clause; expected clause=value with a clause of {', '.join(known)}")
                if clause in clauses:
                    raise _Fact(f"{clause!r} is given twice; keep one")
                clauses[clause] = value
        except ValueError as fact:
            raise InputError(f"{text}: {fact}.") from None
        return cls(**clauses)

    def __str__(self) -> str:
        return " ".join(f"{field.name}={shlex.quote(str(getattr(self, field.name)))}" for field in fields(self))

    def resolve_layers(self, blocks: int) -> tuple[Layer, ...]:
        """The layers meant in a network of `blocks` blocks. Raises InputError for one that the network lacks."""
        first = 0 if self.site == "residual" else 1
        have = f"{first}-{blocks}" + (' and "final"' if self.site == "residual" else "")
        if self.layers == "all":
            return tuple(range(first, blocks + 1))
        chosen: dict[Layer, None] = {}
        for pick in str(self.layers).split(","):
            if pick == "final" and self.site == "residual":
                chosen["final"] = None
                continue
            ends = [_from_end(end, blocks + 1) if pick != "final" else -1 for end in _ends(pick)]
            if not all(first <= end <= blocks for end in ends):
                raise InputError(
                    f"{self}: layer {pick}; site {self.site} of this model has layers {have}; choose there."
                )
            chosen.update(dict.fromkeys(range(ends[0], ends[-1] + 1)))
        return tuple(chosen)

    def resolve_steps(self, steps: int, *, first: int = 0) -> tuple[int, ...]:
        """The steps meant among `first`..`steps`. Raises InputError for one that does not come."""
        if self.steps == "all":
            return tuple(range(first, steps + 1))
        chosen = [step for pick in str(self.steps).split(",") for step in _span_of(_ends(pick))]
        for step in chosen:
            if not first <= step <= steps:
                raise InputError(f"{self}: step {step}; there are steps {first}-{steps} here; choose among these.")
        return tuple(dict.fromkeys(chosen))

    def has_step(self, step: int) -> bool:
        """Whether `step` is among the steps meant."""
        return self.steps == "all" or any(step in _span_of(_ends(pick)) for pick in str(self.steps).split(","))

    def resolve_positions(self, tokens: int) -> list[int]:
        """Positions among `tokens` tokens, where `tokens` is written as numbers. Raises InputError beyond the end."""
        chosen: list[int] = []
        for pick in str(self.tokens).split(","):
            ends = [_from_end(end, tokens) for end in _ends(pick)]
            if not all(0 <= end < tokens for end in ends):
                raise InputError(f"{self}: token {pick}; this prompt has {tokens} tokens; choose among these.")
            chosen += _span_of(ends)
        return sorted(set(chosen))

    @property
    def span(self) -> str | None:
        """The words of a `span:` clause, None where `tokens` is no span."""
        written = str(self.tokens)
        return written.removeprefix(SPAN) if written.startswith(SPAN) else None

    @property
    def ragged(self) -> bool:
        """Whether a prompt gives as many states as it has selected tokens."""
        return self.reduce == "none" and self.tokens != "last"


def _written(clause: str | int | Iterable[int | str]) -> str:
    if isinstance(clause, str | int):
        return str(clause).strip()
    return ",".join(str(pick) for pick in clause)


def _read_layers(text: str) -> str:
    return text if text == "all" else _read_picks(text, "layer", ("final",))


def _read_steps(text: str) -> str:
    return text if text == "all" else _read_picks(text, "step", ())


def _read_tokens(text: str) -> str:
    if text.startswith(SPAN):
        if not text.removeprefix(SPAN):
            raise _Fact('the span is empty; write the words after "span:"')
        return text
    return text if text in TOKEN_WORDS else _read_picks(text, "token", ())


def _read_picks(text: str, noun: str, words: Sequence[str]) -> str:
    """Numbers, ranges and `words` between commas, in one way of writing: neighbours are written as a range."""
    picks: list[int | str] = []
    for pick in (part.strip() for part in text.split(",")):
        if pick in words:
            picks.append(pick)
        elif _RANGE.fullmatch(pick):
            start, stop = _ends(pick)
            same_end = (start < 0) == (stop < 0)
            if same_end and start > stop:
                raise _Fact(f"the range {pick} runs backwards; write {stop}-{start}")
            picks += range(start, stop + 1) if same_end else [pick]
        elif re.fullmatch(r"-?\d+", pick):
            picks.append(int(pick))
        else:
            raise _Fact(
                f"{pick!r} is no {noun}; expected numbers, ranges such as 4-8" + "".join(f', "{w}"' for w in words)
            )
    return ",".join(_joined(list(dict.fromkeys(picks))))


def _joined(picks: Sequence[int | str]) -> Iterator[str]:
    """Runs of rising numbers as ranges, everything else as it is."""
    start = 0
    for at, pick in enumerate(picks):
        following = picks[at + 1] if at + 1 < len(picks) else None
        if isinstance(pick, int) and following == pick + 1 and pick != -1:
            continue
        yield f"{picks[start]}-{pick}" if start < at else str(pick)
        start = at + 1


def _ends(pick: str) -> list[int]:
    match = _RANGE.fullmatch(pick)
    return [int(end) for end in match.groups()] if match else [int(pick)] if pick != "final" else [-1]


def _span_of(ends: Sequence[int]) -> range:
    return range(ends[0], ends[-1] + 1)


def _from_end(number: int, count: int) -> int:
    return number + count if number < 0 else number


def _among(value: str, choices: Sequence[str], clause: str) -> None:
    if value not in choices:
        raise _Fact(f"{clause} {value!r}; expected one of {', '.join(choices)}")
