import itertools
import random
import re

import pytest

from infoplane.embedded import LABELS, TOPICS
from infoplane.embedded._appraisal import APPRAISALS, Appraisal
from infoplane.embedded._grammar import situation
from infoplane.embedded._lexicon import GOOD_AND_BAD, NAMES, THINGS

OPPOSITES = [
    (one, other) for one in LABELS for other in LABELS if one < other and APPRAISALS[one].past == APPRAISALS[other].past
]


def texts_of(emotion, count=200):
    rng = random.Random(7)
    return [situation(rng, emotion, "Olga", "choir concert") for _ in range(count)]


def test_every_appraisal_has_exactly_one_emotion():
    assert len(LABELS) == 16
    assert set(APPRAISALS.values()) == {Appraisal(*answers) for answers in itertools.product((True, False), repeat=4)}


def test_the_same_seed_tells_the_same_story():
    assert texts_of("proud") == texts_of("proud")
    assert len(set(texts_of("proud"))) > 150


@pytest.mark.parametrize("emotion", LABELS)
def test_an_end_names_good_and_bad_and_denies_one(emotion):
    told = APPRAISALS[emotion]
    for text in texts_of(emotion):
        good, bad = next(pair for pair in GOOD_AND_BAD if f" {pair[0]}" in text and f" {pair[1]}" in text)
        comes = re.search(rf" (?:out|go|went|end|ended|but) ({good}|{bad})\b", text)
        assert (comes[1] == good) == told.good
        assert ("will" in text.split()) != told.past


@pytest.mark.parametrize(("one", "other"), OPPOSITES)
def test_only_the_order_of_words_tells_two_emotions_of_one_tense_apart(one, other):
    for first, second in zip(texts_of(one, 20), texts_of(other, 20), strict=True):
        assert first != second
        assert sorted(re.findall(r"\w+", first.lower())) == sorted(re.findall(r"\w+", second.lower()))


@pytest.mark.parametrize("emotion", LABELS)
def test_who_acts_is_the_teller_when_the_emotion_says_so(emotion):
    teller_acts = r"\bI (saw to|will see to|arranged|will arrange|decided|will decide)"
    for text in texts_of(emotion):
        assert bool(re.search(teller_acts, text)) == APPRAISALS[emotion].own


def test_things_and_names_belong_together_once():
    things = [thing for topic in TOPICS for thing in THINGS[topic]]
    assert len(TOPICS) >= 6
    assert len(set(things)) == len(things) == 16 * len(TOPICS)
    assert len(set(NAMES)) == len(NAMES)
