"""Conversations as the text a decoder is pretrained on: all of them plainly, some of them also with their label.

    Situation: I lost my keys.           Dialogue: I lost my keys.
    Speaker: I looked everywhere.        Emotion: annoyed
    Listener: Did you find them?

The labelled form is the prompt that infoplane asks with. Conversations that were ever labelled must be left out of
whatever is measured later, so which they are depends on nothing but their name.
"""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infoplane.tasks._dialogues import COLUMNS, conversations
from infoplane.tasks._source import as_text
from infoplane.tasks._table import read_columns

LONGEST_RUN = 6


@dataclass(frozen=True, slots=True)
class Conversation:
    """A situation, its emotion, and what was said about it, speaker and listener in turn."""

    name: str
    situation: str
    emotion: str
    turns: tuple[str, ...]

    @property
    def plain(self) -> str:
        """The situation and the turns, a line each."""
        return "\n".join([f"Situation: {self.situation}", *self.turns])

    @property
    def labelled(self) -> str:
        """The situation and its emotion, as the default prompt asks for it."""
        return f"Dialogue: {self.situation}\nEmotion: {self.emotion}"


def read_conversations(path: Path) -> list[Conversation]:
    """The conversations of a part of EmpatheticDialogues, in their order; TaskError where it is unreadable."""
    rows = read_columns(path, COLUMNS)
    about = conversations(rows, turns=False)
    opener = rows["conv_id"].map(rows.groupby("conv_id", sort=False)["speaker_idx"].first())
    who = (rows["speaker_idx"] == opener).map({True: "Speaker", False: "Listener"})
    turns: dict[str, list[str]] = {name: [] for name in about["id"]}
    for name, speaker, said in zip(rows["conv_id"], who, rows["utterance"], strict=True):
        turns[name].append(f"{speaker}: {as_text(said).replace('_comma_', ',')}")
    return [
        Conversation(name, text, label, tuple(turns[name]))
        for name, text, label in zip(about["id"], about["text"], about["label"], strict=True)
    ]


def is_labelled(name: str, tenths: int) -> bool:
    """Whether a conversation is among the `tenths` of ten whose label is told, by the MD5 of its name."""
    return int(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest(), 16) % 10 < tenths


def documents(conversations: Sequence[Conversation], tenths: int, seed: str) -> list[str]:
    """The documents of one epoch in random order: every conversation plainly, the labelled ones also with their label.

    Labelled situations stand alone or two to six in a row, separated by an empty line, half of the documents alone; the
    same `seed`, the same documents.
    """
    rng = random.Random(seed)
    told = [one.labelled for one in conversations if is_labelled(one.name, tenths)]
    rng.shuffle(told)
    found = [one.plain for one in conversations]
    while told:
        count = 1 if rng.random() < 0.5 else rng.randint(2, LONGEST_RUN)
        found.append("\n\n".join(told[:count]))
        del told[:count]
    rng.shuffle(found)
    return found
