"""Label scores against the full strings scored one by one."""

import numpy as np
import pytest
import torch
from tiny_models import TEXTS, make_model

from infoplane._errors import InputError
from infoplane._prompt import Prompt
from infoplane.models import load_model
from infoplane.models._batches import common_prefix

# Different numbers of tokens, shared first tokens, one the beginning of another.
LABELS = [" joyful", " joy", " angry", " and", " a", " joyful again", " joyful again, zap", " X", "!"]
PROMPTS = [Prompt(text, "Emotion:") for text in TEXTS]


def one_by_one(model, prompts, labels):
    """log p(label | prompt) of every full string by itself, and the number of label tokens."""
    scores, counts = np.zeros((2, len(prompts), len(labels)))
    for row, prompt in enumerate(prompts):
        text = model.renderer.render(prompt)
        context = model.renderer.tokenize([text])[0][0]
        for column, label in enumerate(labels):
            full = model.renderer.tokenize([text + label])[0][0]
            assert full[: len(context)] == context
            with torch.no_grad():
                logs = model.network(torch.tensor([full])).logits[0].double().log_softmax(-1)
            scores[row, column] = sum(float(logs[at - 1, full[at]]) for at in range(len(context), len(full)))
            counts[row, column] = len(full) - len(context)
    return scores, counts


def test_scores_equal_full_strings_scored_alone(decoder):
    expected, counts = one_by_one(decoder, PROMPTS, LABELS)
    assert len(set(counts[0])) > 2
    np.testing.assert_allclose(decoder.score(PROMPTS, LABELS), expected, atol=1e-5)
    np.testing.assert_allclose(decoder.score(PROMPTS, LABELS, normalize=True), expected / counts, atol=1e-5)


@pytest.mark.parametrize("family", ["llama", "mistral"])
def test_scores_do_not_depend_on_the_batch(family):
    reference = make_model(family).score(PROMPTS, LABELS)
    for size in (1, 2, 4):
        other = make_model(family, batch_size=size).score(PROMPTS[::-1], LABELS)
        np.testing.assert_allclose(other[::-1], reference, atol=1e-5)


def test_thirty_two_labels_on_a_trained_model(shared):
    model = load_model(shared / "models" / "stories260K", device="cpu")
    labels = [
        f" {word}" for word in ("happy", "sad", "afraid", "proud", "lonely", "hopeful", "jealous", "grateful") * 4
    ]
    labels = [label + " day" * (at // 8) for at, label in enumerate(labels)]
    prompts = ["Once upon a time there was a girl. She was", "The dog ran to the park and felt so"]
    scores = model.score(prompts, labels)
    np.testing.assert_allclose(scores, one_by_one(model, prompts, labels)[0], atol=1e-5)
    assert scores[0, :2].min() > scores[0, 2:8].max()  # stories say "happy" and "sad"


def test_calibration_subtracts_what_a_prompt_without_content_says(llama):
    empty = Prompt("N/A", "Emotion:")
    plain, prior = llama.score(PROMPTS, LABELS), llama.score([empty], LABELS)
    np.testing.assert_allclose(llama.score(PROMPTS, LABELS, calibrate=empty), plain - prior, atol=1e-9)
    both = llama.score(PROMPTS, LABELS, calibrate=empty, normalize=True)
    np.testing.assert_allclose(both, (plain - prior) / one_by_one(llama, PROMPTS, LABELS)[1], atol=1e-5)


def test_a_token_across_the_border_is_scored_as_it_is_read(llama):
    """The prompt's last token and a label's first merge: both labels are scored from the token before the border."""
    text, labels = "My daughter won the fir", ["st", "e"]
    context = llama.renderer.tokenize([text])[0][0]
    full = [llama.renderer.tokenize([text + label])[0][0] for label in labels]
    assert full[0][: len(context)] != context
    common = common_prefix([context, full[0]])
    expected = []
    for ids in full:
        with torch.no_grad():
            logs = llama.network(torch.tensor([ids])).logits[0].double().log_softmax(-1)
        expected.append(sum(float(logs[at - 1, ids[at]]) for at in range(common, len(ids))))
    np.testing.assert_allclose(llama.score([text], labels)[0], expected, atol=1e-5)


def test_a_cut_prompt_leaves_room_for_the_labels():
    model = make_model("llama", max_position_embeddings=24)
    scores = model.score([Prompt("word " * 500, "Emotion:")], LABELS)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("labels", [[], [""], "joyful"])
def test_labels_are_texts(llama, labels):
    with pytest.raises(InputError, match="labels"):
        llama.score(PROMPTS, labels)


def test_an_encoder_scores_no_labels(encoder):
    with pytest.raises(InputError, match="decoder"):
        encoder.score(PROMPTS, LABELS)
