"""What all prompts begin with is computed once, and nothing else changes by it."""

import numpy as np
import pytest
import torch
from tiny_models import BLOCKS, TEXTS, make_model

from infoplane._prompt import Prompt
from infoplane.models import Select
from infoplane.models._batches import common_prefix, plan_batches, run_halving, worthwhile_prefix

HEAD = "Emotion: angry\n\nDialogue: "
PROMPTS = [Prompt(HEAD + text, "Emotion:", (len(HEAD), len(HEAD) + len(text))) for text in TEXTS]


def tokens_run(model):
    """Counts the tokens that pass block 1."""
    seen = []
    model.anatomy.blocks[0].register_forward_pre_hook(
        lambda _, args, kwargs: seen.append((args[0] if args else kwargs["hidden_states"]).shape[:2].numel()),
        with_kwargs=True,
    )
    return seen


def without_sharing(monkeypatch):
    monkeypatch.setattr("infoplane.models._beginning.worthwhile_prefix", lambda *_, **__: 0)


def test_shared_states_equal_unshared_ones(decoder, monkeypatch):
    selects = {
        "last": Select(layers=[*range(BLOCKS + 1), "final"]),
        "mean": Select(tokens="content", reduce="mean"),
        "tokens": Select(tokens="content", layers=2),
    }
    seen = tokens_run(decoder)
    shared = decoder.read(PROMPTS, selects)
    run_shared, seen[:] = sum(seen), []
    without_sharing(monkeypatch)
    alone = decoder.read(PROMPTS, selects)
    assert run_shared < sum(seen)
    for name in selects:
        scale = np.abs(alone[name].array).max()
        np.testing.assert_allclose(shared[name].array, alone[name].array, rtol=0, atol=1e-6 * max(scale, 1))


def test_answers_and_scores_do_not_change_by_sharing(decoder, monkeypatch):
    labels = [" joyful", " angry", " a"]
    answers, scores = decoder.generate(PROMPTS, max_new_tokens=5), decoder.score(PROMPTS, labels)
    without_sharing(monkeypatch)
    assert decoder.generate(PROMPTS, max_new_tokens=5).tokens == answers.tokens
    np.testing.assert_allclose(decoder.score(PROMPTS, labels), scores, atol=1e-5)


@pytest.mark.parametrize(
    "select", [Select(tokens="all", reduce="mean"), Select(tokens=2), Select(tokens="0-1", reduce="sum")]
)
def test_tokens_of_the_shared_part_are_read_of_every_prompt(llama, monkeypatch, select):
    shared = llama.read(PROMPTS, select).array
    without_sharing(monkeypatch)
    np.testing.assert_allclose(llama.read(PROMPTS, select).array, shared, atol=1e-5)


def test_the_shared_part_stops_at_the_deepest_layer_too(llama):
    deepest = []
    llama.anatomy.blocks[1].register_forward_hook(lambda *_: deepest.append(2))
    llama.read(PROMPTS, Select(layers=1))
    assert deepest == []


def test_the_shared_part_is_run_once_for_all_batches():
    model = make_model("llama", batch_size=2)
    seen = tokens_run(model)
    model.read(PROMPTS, Select())
    ids = [prompt.ids for prompt in model.renderer.encode(PROMPTS)]
    assert seen[0] == worthwhile_prefix(ids)
    assert len(seen) == 1 + 3


def test_identical_prompts_keep_one_token_of_their_own(llama):
    one = llama.read([PROMPTS[0]], Select()).array
    np.testing.assert_allclose(llama.read([PROMPTS[0]] * 5, Select()).array, np.repeat(one, 5, 0), atol=1e-5)


def test_common_and_worthwhile_prefixes():
    long = list(range(20))
    assert common_prefix([[1, 2, 3], [1, 2], [1, 2, 4]]) == 2
    assert worthwhile_prefix([long, long]) == 19
    assert worthwhile_prefix([long, long], most=9) == 9
    assert worthwhile_prefix([long, long], most=7) == 0
    assert worthwhile_prefix([long]) == 0
    assert worthwhile_prefix([[*range(8), *range(100, 200)], [*range(8), *range(200, 300)]]) == 0


def test_batches_are_planned_by_length_alone():
    lengths = [3, 9, 3, 1, 9]
    assert [rows.tolist() for rows in plan_batches(lengths, rows=2, tokens=0)] == [[1, 4], [0, 2], [3]]
    assert [rows.tolist() for rows in plan_batches(lengths, rows=None, tokens=18)] == [[1, 4], [0, 2, 3]]
    assert [rows.tolist() for rows in plan_batches(lengths, rows=None, tokens=1)] == [[1], [4], [0], [2], [3]]
    assert [rows.tolist() for rows in plan_batches(lengths, rows=9, tokens=0, one_length=True)] == [[1, 4], [0, 2], [3]]


def test_a_batch_the_device_has_no_room_for_is_halved():
    fitted = []

    def run(rows):
        if len(rows) > 2:
            raise torch.cuda.OutOfMemoryError
        fitted.append(rows.tolist())

    run_halving(np.arange(5), run)
    assert fitted == [[0, 1], [2], [3, 4]]

    def never(rows):
        raise torch.cuda.OutOfMemoryError

    with pytest.raises(torch.cuda.OutOfMemoryError):
        run_halving(np.arange(2), never)
