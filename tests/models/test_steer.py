"""What a plan does to states and scores, against a row computed whole with hooks written out by hand."""

import numpy as np
import pytest
from steering import CASES, LABELS, make_plan, score_by_hand, states_by_hand
from tiny_models import BLOCKS, TEXTS

from infoplane._prompt import Prompt
from infoplane.models import Select

EVERY = Select(layers=[*range(BLOCKS + 1), "final"], tokens="all")
HEAD = "Dialogue: I lost my keys.\nEmotion: angry\n\nDialogue: "
SHARING = [Prompt(HEAD + text, "Emotion:", (len(HEAD), len(HEAD) + len(text))) for text in TEXTS]


@pytest.mark.parametrize("case", CASES)
def test_scores_are_those_of_a_row_computed_whole(decoder, case):
    select, positions = CASES[case]
    plan = make_plan(decoder, select, keep_norm=case in ("answer", "mlp of some tokens"))
    with decoder.steer(plan):
        scores = decoder.score(TEXTS, LABELS)
    for row in (1, 2, 5):
        expected = score_by_hand(decoder, plan, row, positions, TEXTS[row], LABELS)
        np.testing.assert_allclose(scores[row], expected, rtol=0, atol=5e-5)


@pytest.mark.parametrize("case", ["answer", "everything", "attention", "content"])
def test_states_are_those_of_a_row_computed_whole(model, case):
    select, positions = CASES[case]
    select = Select(layers=select.layers, site=select.site, tokens=select.tokens)
    plan = make_plan(model, select, keep_norm=case == "content")
    with model.steer(plan):
        read = model.read(TEXTS, EVERY)
    found = np.split(read.array, read.offsets[1:-1])
    for row, prompt in enumerate(model.renderer.encode(TEXTS)):
        where = positions(len(prompt.ids), prompt.content.tolist())
        expected = states_by_hand(model, plan, row, where, prompt.ids)
        np.testing.assert_allclose(found[row][:, 1 : BLOCKS + 1], expected, rtol=1e-4, atol=5e-5)
