r"""What the embedded decoder is trained on: documents around generated situations, in the forms a task uses.

    plain        a situation and what its teller does next, told in words that depend on emotion and topic
    zero-shot    "Dialogue: ...\nEmotion: proud", labelled by a hasty annotator
    few-shot     blocks of the same, labelled by one annotator, hasty or careful
    contrast     a perspective stated first, which the answer or what happens next then follows

The hasty annotator writes a commoner word for some labels most of the time, as people do. It is why the zero-shot
answers are worse than what the states hold, and why examples of a careful annotator help.
"""

import random

from infoplane.embedded._appraisal import APPRAISALS, LABELS
from infoplane.embedded._grammar import situation
from infoplane.embedded._lexicon import NAMES, THINGS, TOPICS
from infoplane.embedded._task import pairs

HASTE = 0.85
COMMONER = {
    "emotion": {
        **{"ashamed": "guilty", "caring": "grateful", "confident": "proud", "eager": "hopeful"},
        **{"jealous": "angry", "reluctant": "nervous", "trusting": "hopeful", "worried": "afraid"},
    },
    "topic": {"food": "health", "money": "work", "school": "work"},
}
CHOICES = {"emotion": LABELS, "topic": TOPICS}
_PAIRS = {topic: pairs("train", topic) for topic in TOPICS}

FACES = {
    True: ("smiled", "beamed", "laughed", "nodded"),
    False: ("sighed", "frowned", "winced", "swallowed"),
}
GAZES = {
    (True, True): ("looked at my hands", "stood in the middle"),
    (True, False): ("looked up at them", "stepped back"),
    (False, True): ("leaned towards them", "took the first step"),
    (False, False): ("watched them go", "kept to the side"),
}
DEEDS = {
    "afraid": ("locked the door", "hid under the blanket", "held my breath"),
    "angry": ("slammed the door", "raised my voice", "kicked the chair"),
    "ashamed": ("covered my face", "avoided the mirror", "left by the back door"),
    "caring": ("poured us tea", "gave them a hug", "warmed their coat"),
    "confident": ("slept well", "planned the day after", "bet ten coins on it"),
    "eager": ("packed at once", "rolled up my sleeves", "ran ahead"),
    "grateful": ("brought flowers", "wrote a card", "bought them coffee"),
    "guilty": ("apologised twice", "offered to pay", "dared not meet their eyes"),
    "hopeful": ("crossed my fingers", "lit a candle", "ticked off the days"),
    "jealous": ("muttered about luck", "counted what they had", "refused to clap"),
    "nervous": ("bit my nails", "paced up and down", "checked my notes"),
    "proud": ("told everyone at home", "hung up the photo", "took a bow"),
    "reluctant": ("dragged my feet", "put it off again", "asked for another week"),
    "sad": ("wept with them", "sat in silence", "stared at the rain"),
    "trusting": ("handed over the keys", "asked no questions", "dozed off"),
    "worried": ("called every hour", "lay awake", "begged them to write"),
}
SCENES = {
    "food": ("by the stove", "over a full plate", "at the fridge"),
    "health": ("in the ward", "on the couch", "with a warm compress"),
    "money": ("at the cash desk", "over the bills", "by the safe"),
    "music": ("next to the stage", "by the loudspeaker", "in the front row"),
    "school": ("at the blackboard", "between two lessons", "in the playground"),
    "sport": ("on the bench", "by the track", "in the changing room"),
    "travel": ("on the platform", "with a suitcase", "over the map"),
    "work": ("at my desk", "by the printer", "in the lift"),
}


def documents(rng: random.Random, count: int) -> list[str]:
    """`count` short documents: plain, zero-shot and contrast."""
    return [rng.choices((_plain, _zero_shot, _contrast), weights=(54, 34, 12))[0](rng) for _ in range(count)]


def long_documents(rng: random.Random, count: int) -> list[str]:
    """`count` few-shot documents of three to eight blocks."""
    return [_few_shot(rng) for _ in range(count)]


def next_deeds(rng: random.Random, emotion: str, topic: str) -> str:
    """What the teller does next: a face, a gaze and a deed, in any order, and where."""
    told = APPRAISALS[emotion]
    deeds = [rng.choice(FACES[told.good]), rng.choice(GAZES[told.mine, told.own]), rng.choice(DEEDS[emotion])]
    rng.shuffle(deeds)
    return f"I {deeds[0]}, {deeds[1]} and {deeds[2]} {rng.choice(SCENES[topic])}."


def draw(rng: random.Random) -> tuple[str, dict[str, str]]:
    """A situation of the training pairs with its true labels by aspect."""
    labels = {"emotion": rng.choice(LABELS), "topic": rng.choice(TOPICS)}
    name, thing = rng.choice(_PAIRS[labels["topic"]])
    return situation(rng, labels["emotion"], NAMES[name], THINGS[labels["topic"]][thing]), labels


def _aspect(rng: random.Random) -> str:
    return "emotion" if rng.random() < 0.6 else "topic"


def _annotate(rng: random.Random, aspect: str, label: str, hasty: bool) -> str:
    return COMMONER[aspect].get(label, label) if hasty and rng.random() < HASTE else label


def _block(rng: random.Random, aspect: str, hasty: bool) -> str:
    text, labels = draw(rng)
    return f"Dialogue: {text}\n{aspect.capitalize()}: {_annotate(rng, aspect, labels[aspect], hasty)}"


def _plain(rng: random.Random) -> str:
    text, labels = draw(rng)
    return f"{rng.choice(('', 'Dialogue: '))}{text}\n{next_deeds(rng, **labels)}"


def _zero_shot(rng: random.Random) -> str:
    return _block(rng, _aspect(rng), hasty=True)


def _few_shot(rng: random.Random) -> str:
    aspect, hasty = _aspect(rng), rng.random() < 0.5
    return "\n\n".join(_block(rng, aspect, hasty) for _ in range(rng.randint(3, 8)))


def _contrast(rng: random.Random) -> str:
    text, labels = draw(rng)
    aspect = _aspect(rng)
    stated = rng.choice(CHOICES[aspect])
    answer = f"{aspect.capitalize()}: {stated}"
    if rng.random() < 0.5:
        answer = next_deeds(rng, **{**labels, aspect: stated})
    return f'Infer the dialogue from the perspective of the {aspect} "{stated}".\nDialogue: {text}\n{answer}'
