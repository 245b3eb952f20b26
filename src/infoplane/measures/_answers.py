"""What a model answered: which label, and the role of every emitted token."""

from collections.abc import Sequence
from dataclasses import dataclass

ROLES = ("label", "label_rest", "end", "other")


@dataclass(frozen=True, slots=True)
class Answer:
    """The label an answer begins with (its index, or the number of labels where it names none) and a role a token."""

    label: int
    roles: tuple[str, ...]


def read_answer(pieces: Sequence[str], labels: Sequence[str], *, stop: str = "\n") -> Answer:
    """The answer in the emitted token texts `pieces`.

    A label counts where the text up to `stop`, less white space and case, begins with it as whole words; the longest
    such label wins. Roles: `label` the token that begins it, `label_rest` the tokens that continue it, `end` the token
    that holds `stop` or is empty (the end-of-text token), `other` all the rest.
    """
    text = "".join(pieces)
    line = text.split(stop)[0]
    start = len(line) - len(line.lstrip())
    label = _named(line.strip().casefold(), labels)
    end = start + (len(labels[label]) if label < len(labels) else 0)
    roles, at = [], 0
    for piece in pieces:
        first, at = at, at + len(piece)
        if not piece or stop in piece:
            roles.append("end")
        elif label == len(labels) or first >= end or at <= start:
            roles.append("other")
        else:
            roles.append("label" if "label" not in roles else "label_rest")
    return Answer(label, tuple(roles))


def _named(answer: str, labels: Sequence[str]) -> int:
    found = [index for index, label in enumerate(labels) if _begins_with(answer, label.casefold())]
    return max(found, key=lambda index: len(labels[index]), default=len(labels))


def _begins_with(answer: str, label: str) -> bool:
    return answer.startswith(label) and not answer[len(label) : len(label) + 1].isalnum()
