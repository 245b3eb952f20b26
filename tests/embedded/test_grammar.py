import itertools
import random
import re

import pytest

from infoplane.embedded import LABELS, TOPICS
from infoplane.embedded._appraisal import APPRAISALS, Appraisal
from infoplane.embedded._grammar import situation
from infoplane.embedded._lexicon import DREADED, FAILS, HAPPENS, NAMES, THINGS, WISHED


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
def test_an_end_is_good_when_wished_for_and_come_or_dreaded_and_failed(emotion):
    told = APPRAISALS[emotion]
    for text in texts_of(emotion):
        wished = any(f" {wish} " in text for wish in WISHED)
        dreaded = any(f" {wish} " in text for wish in DREADED)
        happens = any(end in text.lower() for end in HAPPENS[told.past])
        fails = any(end in text.lower() for end in FAILS[told.past])
        assert wished != dreaded
        assert happens != fails
        assert (wished == happens) == told.good


@pytest.mark.parametrize(("one", "other"), [("proud", "caring"), ("proud", "grateful"), ("afraid", "nervous")])
def test_who_cares_and_who_acts_are_told_by_order_alone(one, other):
    for first, second in zip(texts_of(one), texts_of(other), strict=True):
        assert first != second
        assert sorted(re.findall(r"\w+", first)) == sorted(re.findall(r"\w+", second))


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
