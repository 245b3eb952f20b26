import random
import re
from collections import Counter

import pytest
from embedded_text import COMMONER, DEEDS, FACES, GAZES, HASTE, SCENES, documents, long_documents, next_deeds

from infoplane.embedded import LABELS, TOPICS
from infoplane.embedded._appraisal import APPRAISALS


def some(count=4000):
    return documents(random.Random(1), count)


def test_the_same_seed_writes_the_same_documents():
    assert some(50) == some(50)
    assert long_documents(random.Random(1), 5) == long_documents(random.Random(1), 5)


def test_all_forms_are_there_in_their_shares():
    texts = some()
    asked = [bool(re.match(r"Dialogue: .*\n(Emotion|Topic): \w+$", text)) for text in texts]
    perspective = [text.startswith("Infer the dialogue from the perspective of the ") for text in texts]
    assert abs(sum(asked) / len(texts) - 0.34) < 0.03
    assert abs(sum(perspective) / len(texts) - 0.12) < 0.03


@pytest.mark.parametrize("topic", TOPICS)
def test_what_happens_next_depends_on_emotion_and_topic_and_holds_no_label(topic):
    assert set(DEEDS) == set(LABELS)
    for emotion, told in APPRAISALS.items():
        deeds = next_deeds(random.Random(2), emotion, topic)
        assert any(deed in deeds for deed in DEEDS[emotion])
        assert any(face in deeds for face in FACES[told.good])
        assert any(gaze in deeds for gaze in GAZES[told.mine, told.own])
        assert any(scene in deeds for scene in SCENES[topic])
        assert not any(label in deeds for label in (*LABELS, *TOPICS))


def test_the_hasty_annotator_prefers_common_labels():
    answers = Counter(re.findall(r"\n(?:Emotion|Topic): (\w+)$", "\n".join(t for t in some() if t[:3] != "Inf"), re.M))
    for aspect, rare in COMMONER.items():
        usual = sum(answers[label] for label in rare) / len(rare)
        named = [label for label in (LABELS if aspect == "emotion" else TOPICS) if label not in rare]
        assert usual < 2 * (1 - HASTE) * sum(answers[label] for label in named) / len(named)


def test_few_shot_documents_are_blocks_of_one_aspect():
    for text in long_documents(random.Random(3), 50):
        blocks = text.split("\n\n")
        assert 3 <= len(blocks) <= 8
        assert len({re.fullmatch(r"Dialogue: .*\n(Emotion|Topic): \w+", block)[1] for block in blocks}) == 1


def test_an_answer_follows_the_perspective():
    stated = re.compile(r'Infer .* the (\w+) "(\w+)"\.\nDialogue: .*\n(.*)$')
    for text in filter(None, map(stated.match, some())):
        aspect, label, answer = text.groups()
        assert answer == f"{aspect.capitalize()}: {label}" or any(told in answer for told in {**DEEDS, **SCENES}[label])
