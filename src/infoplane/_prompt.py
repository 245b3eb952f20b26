"""What is put to a model: shared by tasks, which write it, and models, which render it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request, the forced beginning of its answer, and where its content proper stands.

    `content` is the span of characters in `text` without template words; None means all of `text`.
    """

    text: str
    prefix: str = ""
    content: tuple[int, int] | None = None
