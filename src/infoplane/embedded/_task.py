"""The task's examples, made when they are asked for, and kept apart from the training text.

Every pair of a person and a thing belongs to one part only: ten sixteenths of the pairs made the training text of the
embedded models, the rest make the splits. So no situation of a split can occur in the training text, nor in another
split, and a pair is a group.
"""

import itertools
import random
from dataclasses import dataclass

from infoplane._errors import TaskError, one_line
from infoplane.embedded._appraisal import LABELS
from infoplane.embedded._grammar import situation
from infoplane.embedded._lexicon import NAMES, THINGS, TOPICS

SPLITS: dict[str, int] = {"direction": 1536, "measure": 1536, "tune": 768, "test": 1024}
_PARTS = {
    "train": range(10),
    "direction": range(10, 12),
    "measure": range(12, 14),
    "tune": range(14, 15),
    "test": range(15, 16),
}


@dataclass(frozen=True, slots=True)
class Example:
    """A situation, its two labels, and the number of the pair (person, thing) it is about."""

    text: str
    emotion: str
    topic: str
    group: int


def examples(split: str, n: int | None = None, seed: int = 0) -> list[Example]:
    """`n` distinct examples of a split, the same for the same seed; without `n`, as many as `SPLITS` says.

    Emotions and topics are crossed evenly: in every run of len(LABELS) * len(TOPICS) examples, each combination stands
    once. Raises TaskError for an unknown split.
    """
    if split not in SPLITS:
        raise TaskError(one_line(f"split {split!r}", f"one of {', '.join(SPLITS)}", "name one of these"))
    wanted = SPLITS[split] if n is None else n
    rng = random.Random(f"{split} {seed}")
    drawn: dict[str, Example] = {}
    while len(drawn) < wanted:
        for emotion, topic in _shuffled_crossing(rng)[: wanted - len(drawn)]:
            example = _distinct(rng, split, emotion, topic, drawn)
            drawn[example.text] = example
    return list(drawn.values())


def pairs(part: str, topic: str) -> list[tuple[int, int]]:
    """The pairs (person, thing) of a part, "train" or a split, as indices into NAMES and THINGS[topic]."""
    everyone = itertools.product(range(len(NAMES)), range(len(THINGS[topic])))
    return [(name, thing) for name, thing in everyone if (name + thing) % 16 in _PARTS[part]]


def _shuffled_crossing(rng: random.Random) -> list[tuple[str, str]]:
    crossing = list(itertools.product(LABELS, TOPICS))
    rng.shuffle(crossing)
    return crossing


def _distinct(rng: random.Random, split: str, emotion: str, topic: str, drawn: dict[str, Example]) -> Example:
    """An example whose text was not drawn yet."""
    while True:
        name, thing = rng.choice(_PAIRS[split, topic])
        text = situation(rng, emotion, NAMES[name], THINGS[topic][thing])
        if text not in drawn:
            pair = TOPICS.index(topic) * len(NAMES) * len(THINGS[topic]) + name * len(THINGS[topic]) + thing
            return Example(text, emotion, topic, pair)


_PAIRS = {(split, topic): pairs(split, topic) for split in SPLITS for topic in TOPICS}
