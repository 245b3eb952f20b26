"""Where the private parts of a text stand: addresses, numbers, dates, names and what a user's own patterns find."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from infoplane._errors import InputError, one_line

_LOWER, _UPPER = "a-zß-öø-ÿ", "A-ZÀ-ÖØ-Þ"
_NAME = rf"(?:[{_UPPER}]['’])?(?:[{_UPPER}][{_LOWER}]+)+"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_NO_NAME = (
    "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August|September|October"
)

# A regular expression, or values that are listed.
Pattern = str | Sequence[str]

# In the order in which they are looked for: what one has found is not looked at by the next.
_BUILT_IN = {
    "email": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "date": rf"(?<!\w)(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}([./-])\d{{1,2}}\1\d{{2,4}}"
    rf"|{_DAY} (?:of )?{_MONTH}(?:,? \d{{4}})?|{_MONTH} {_DAY}(?:,? \d{{4}})?)(?!\w)",
    "phone": r"(?<!\w)\+?\(?\d(?:[ ()./-]{0,2}\d){6,14}(?!\w)",
    "number": r"(?<!\w)\d+(?:[.,]\d+)*(?!\w)",
    "name": rf"(?<=[{_LOWER}\d,;:)] )(?!(?:{_NO_NAME})\b)"
    rf"{_NAME}(?:[ -]{_NAME})*(?!\w)",
}
KINDS = tuple(_BUILT_IN)


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` of a text, which are of a `kind`; `row` is the text's."""

    row: int
    kind: str
    start: int
    end: int


def find_spans(
    texts: Sequence[str], kinds: Sequence[str] | None = None, patterns: Mapping[str, Pattern] | None = None
) -> list[Span]:
    """The spans of `kinds` (all by default) and of `patterns`, text by text.

    kinds:    may name patterns too, so that these are looked for alone
    patterns: name -> a regular expression, or the values themselves, found as whole words in any case

    Spans never overlap: the patterns come first, then e-mail addresses, dates, phone numbers (7 to 15 digits), numbers
    and names, which are capitalised words inside a sentence, in Latin letters. Raises InputError for a kind there is
    not, and for a pattern that cannot be read, that finds nothing at all or that is called like a kind.
    """
    wanted = {*_checked(KINDS if kinds is None else kinds, patterns or ()), *(patterns or {})}
    compiled = {name: _compiled(name, pattern) for name, pattern in (patterns or {}).items()}
    compiled |= {kind: re.compile(pattern) for kind, pattern in _BUILT_IN.items()}
    found = [span for row, text in enumerate(texts) for span in _of_text(row, text, compiled) if span.kind in wanted]
    if nowhere := [name for name in patterns or () if all(span.kind != name for span in found)]:
        came = f"pattern {nowhere[0]!r}, found in none of {len(texts):,} texts"
        raise InputError(one_line(came, "at least one find", "correct it, or leave it out"))
    return found


def _of_text(row: int, text: str, compiled: Mapping[str, re.Pattern[str]]) -> list[Span]:
    found: list[Span] = []
    for kind, pattern in compiled.items():
        for match in pattern.finditer(text):
            start, end = match.span()
            if start < end and all(end <= span.start or span.end <= start for span in found):
                found.append(Span(row, kind, start, end))
    return sorted(found, key=lambda span: span.start)


def _checked(kinds: Sequence[str], patterns: Collection[str]) -> Sequence[str]:
    for kind in kinds:
        if kind not in KINDS and kind not in patterns:
            do = "use one of these, or give a pattern of this name"
            raise InputError(one_line(f"kind of span {kind!r}", f"one of {', '.join((*KINDS, *patterns))}", do))
    return kinds


def _compiled(name: str, pattern: Pattern) -> re.Pattern[str]:
    if name in KINDS:
        raise InputError(one_line(f"pattern {name!r}", f"another name than {', '.join(KINDS)}", "rename it"))
    if not isinstance(pattern, str):
        pattern = _any_of(name, pattern)
    try:
        found = re.compile(pattern)
    except re.error as error:
        came = f"pattern {name}={pattern!r} ({error})"
        raise InputError(one_line(came, "a regular expression", "write it as Python's re does")) from None
    if found.fullmatch(""):
        came = f"pattern {name}={pattern!r}"
        raise InputError(one_line(came, "one that does not match nothing at all", "use + in place of *"))
    return found


def _any_of(name: str, values: Sequence[str]) -> str:
    """The pattern of the listed values, longer ones first."""
    found = sorted({value.strip() for value in values} - {""}, key=lambda value: (-len(value), value))
    if not found:
        raise InputError(one_line(f"values of {name!r} without one", "at least one", "list the values to look for"))
    return rf"(?i)(?<!\w)(?:{'|'.join(map(re.escape, found))})(?!\w)"
