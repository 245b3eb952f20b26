r"""What the embedded encoder is trained on: a situation, or a part of it, and its labels in the form of the task.

    "Dialogue: ...\nTopic: music\nEmotion: proud"

The labels are those of a careful annotator. At first a document tells little more than what is asked of it: a query
that attends to all words alike hears one of fifty, and the less of each the longer the text.
"""

import random
import re

from embedded_text import draw

ANSWER = re.compile(r"\n(?:Emotion|Topic): (\w+)")
_SENTENCE = re.compile(r"(?<=[.?]) (?=[A-Z-])")


def encoder_documents(rng: random.Random, count: int, parts: float) -> list[str]:
    """`count` documents, a share of `parts` of them about a part of a situation."""
    return [_part(rng) if rng.random() < parts else _whole(rng) for _ in range(count)]


def _whole(rng: random.Random) -> str:
    """A situation and one of its labels, or both in any order."""
    text, labels = draw(rng)
    aspects = rng.sample(list(labels), rng.randint(1, len(labels)))
    return "\n".join([f"Dialogue: {text}", *(_line(aspect, labels) for aspect in aspects)])


def _part(rng: random.Random) -> str:
    """What a thing is about and its topic, or who cares, or who acts and how it ends, and an emotion that fits."""
    text, labels = draw(rng)
    *opening, first, second = _SENTENCE.split(text)
    aspect, told = rng.choice((("topic", " ".join(opening)), ("emotion", first), ("emotion", second)))
    return f"Dialogue: {told}\n{_line(aspect, labels)}"


def _line(aspect: str, labels: dict[str, str]) -> str:
    return f"{aspect.capitalize()}: {labels[aspect]}"
