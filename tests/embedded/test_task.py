import random
from collections import Counter

import numpy as np
import pytest
from embedded_text import documents, long_documents
from sklearn.metrics import mutual_info_score

from infoplane._errors import TaskError
from infoplane.embedded import LABELS, SPLITS, TOPICS, examples
from infoplane.embedded._lexicon import NAMES, THINGS
from infoplane.embedded._task import pairs

STEMS = {
    **{label: label for label in (*LABELS, *TOPICS)},
    **{"angry": "ang", "ashamed": "sham", "caring": "care", "confident": "confid", "grateful": "grat"},
    **{"guilty": "guilt", "hopeful": "hope", "jealous": "jealous", "nervous": "nerv", "proud": "prid"},
    **{"reluctant": "reluct", "trusting": "trust", "worried": "worr", "afraid": "fear"},
}


@pytest.fixture(scope="module")
def splits():
    return {split: examples(split) for split in SPLITS}


def test_there_are_enough_examples_to_measure_on(splits):
    assert sum(len(splits[split]) for split in ("direction", "measure", "tune")) >= 3000
    assert len(splits["test"]) >= 600


def test_the_same_seed_gives_the_same_examples():
    assert examples("tune", 50, seed=3) == examples("tune", 50, seed=3)
    assert examples("tune", 50, seed=3) != examples("tune", 50, seed=4)


def test_fewer_examples_are_the_first_of_more():
    assert examples("test", 40) == examples("test", 300)[:40]


def test_no_situation_stands_twice(splits):
    assert max(Counter(e.text for split in splits.values() for e in split).values()) == 1


def test_emotion_and_topic_are_independent_and_even(splits):
    for split in splits.values():
        emotions, topics = [e.emotion for e in split], [e.topic for e in split]
        assert mutual_info_score(emotions, topics) == pytest.approx(0, abs=1e-12)
        assert set(Counter(emotions).values()) == {len(split) // len(LABELS)}
        assert set(Counter(topics).values()) == {len(split) // len(TOPICS)}


@pytest.mark.parametrize("label", [*LABELS, *TOPICS])
def test_no_situation_holds_a_label_or_its_stem(splits, label):
    for split in splits.values():
        for example in split:
            words = example.text.lower().split()
            assert label not in example.text.lower()
            assert not any(word.startswith(STEMS[label]) for word in words)


def test_a_pair_belongs_to_one_part(splits):
    groups = [{e.group for e in split} for split in splits.values()]
    assert sum(map(len, groups)) == len(set.union(*groups))
    everywhere = [(part, *pair) for part in ("train", *SPLITS) for pair in pairs(part, "music")]
    assert len(everywhere) == len({pair[1:] for pair in everywhere}) == len(NAMES) * len(THINGS["music"])


def test_a_group_is_one_person_and_one_thing(splits):
    about = {}
    for example in splits["test"]:
        thing = next(thing for thing in THINGS[example.topic] if thing in example.text)
        name = next(name for name in NAMES if name in example.text.replace(".", " ").replace(",", " ").split())
        about.setdefault(example.group, set()).add((name, thing))
    assert {len(pair) for pair in about.values()} == {1}


def test_no_example_occurs_in_training_text(splits):
    rng = random.Random(0)
    text = "\n".join(documents(rng, 5000) + long_documents(rng, 200))
    assert "Dialogue: " in text
    assert not any(e.text in text for split in splits.values() for e in split)


def test_groups_are_many_and_small(splits):
    sizes = np.array(list(Counter(e.group for e in splits["test"]).values()))
    assert len(sizes) > 300
    assert sizes.max() <= 12


def test_an_unknown_split_is_named():
    with pytest.raises(TaskError, match=r"split 'train'.*direction, measure, tune, test"):
        examples("train")
