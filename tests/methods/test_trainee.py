"""What a forward pass in training gives: the same numbers as reading and scoring the model, whatever the batch."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_models import FAMILIES, make_model

from infoplane._errors import InputError
from infoplane.methods import Recipe
from infoplane.methods._training._order import batches, check_classes
from infoplane.methods._training._trainee import Trainee, mean_of
from infoplane.models import Select
from infoplane.objectives import CrossEntropy


def quiet(trainee: Trainee) -> Trainee:
    """The trainee without dropout."""
    trainee.network.eval()
    return trainee


@pytest.mark.parametrize("family", ["llama", "gpt2", "gemma", "gpt_neox"])
def test_a_saying_network_is_trained_on_what_label_scoring_scores(family, task):
    lm, split = make_model(family), task.splits["tune"].take(np.arange(12))
    trainee = quiet(Trainee(lm, task, Recipe(head="labels")))
    examples = trainee.examples(split)
    batch = trainee.batch(examples, CrossEntropy())
    said = batch.logits.log_softmax(1)[torch.arange(len(batch.right)), batch.right]
    told = torch.zeros(len(split)).index_add_(0, batch.owner, said)
    scores = lm.score([task.prompt(text) for text in split.texts], task.answers)
    np.testing.assert_allclose(told.detach(), scores[np.arange(len(split)), split.labels], atol=2e-4)
    assert len(batch.right) > len(split), "labels of several tokens are among them"


def test_a_long_text_loses_its_beginning_and_keeps_its_answer(task):
    split = task.splits["tune"].take(np.arange(4))
    split = replace(split, texts=tuple(text * 20 for text in split.texts))
    trainee = Trainee(make_model("llama"), task, Recipe(head="labels", max_length=24))
    examples = trainee.examples(split)
    assert int(examples.prompts.max()) <= 24
    rows, places = examples.emitting.nonzero(as_tuple=True)
    said = examples.ids[rows, examples.emits[rows, places] + 1]
    assert said.tolist() == examples.targets[examples.emitting].tolist()


@pytest.mark.parametrize("family", FAMILIES)
def test_features_are_what_the_last_map_reads(family, task):
    trainee = quiet(Trainee(make_model(family), task, Recipe(head="class")))
    passed = trainee.run(trainee.examples(task.splits["tune"].take(np.arange(9))))
    torch.testing.assert_close(trainee.last(passed.features), passed.logits)
    assert passed.features.shape == (9, trainee.feature_width)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("features", ["pooled", "first", "mean"])
def test_neither_padding_nor_company_changes_an_example(family, features, task):
    trainee = quiet(Trainee(make_model(family), task, Recipe(head="class", features=features)))
    examples = trainee.examples(task.splits["tune"].take(np.arange(10)))
    together = trainee.run(examples)
    for row in range(len(examples)):
        alone = trainee.run(examples.take(np.array([row])))
        torch.testing.assert_close(alone.features[0], together.features[row], atol=2e-5, rtol=1e-4)
        torch.testing.assert_close(alone.logits[0], together.logits[row], atol=2e-5, rtol=1e-4)


def test_dropout_lies_behind_the_features(task):
    dropouts = {"classifier_dropout": 0.9, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    trainee = Trainee(make_model("bert", **dropouts), task, Recipe())
    examples = trainee.examples(task.splits["tune"].take(np.arange(9)))
    trainee.network.train()
    training = trainee.run(examples)
    torch.testing.assert_close(training.features, quiet(trainee).run(examples).features)
    assert not torch.allclose(training.logits, trainee.run(examples).logits)


@pytest.mark.parametrize("family", ["llama", "bert"])
def test_states_are_those_that_reading_reads(family, task):
    lm = make_model(family)
    trainee = quiet(Trainee(lm, task, Recipe(head="class")))
    split = task.splits["tune"].take(np.arange(6))
    bare = family == "bert"  # an encoder is trained on the text without the prompt around it
    prompts = [text if bare else task.prompt(text) for text in split.texts]
    select = Select(layers="1-3", tokens="content", reduce="mean")
    read = lm.read(prompts, select).array
    goal = CrossEntropy()
    with trainee.watched(select):
        passed = trainee.run(trainee.examples(split))
    mean = mean_of(passed.states.flatten(2), trainee.examples(split).content)
    np.testing.assert_allclose(mean.detach().reshape(read.shape), read, atol=1e-5)
    assert goal.select is None
    assert not trainee.watch


def test_a_pair_is_read_as_the_tokenizer_pairs(task):
    lm = make_model("bert")
    split = replace(task.splits["tune"].take(np.arange(3)), pairs=("and then", "but no", "so"))
    examples = Trainee(lm, task, Recipe()).examples(split)
    expected = lm.tokenizer(list(split.texts), list(split.pairs))["input_ids"]
    special = lm.tokenizer.all_special_ids
    for row, ids in enumerate(expected):
        assert examples.ids[row, : len(ids)].tolist() == ids
        assert examples.content[row, : len(ids)].tolist() == [one not in special for one in ids]
        assert not examples.content[row, len(ids) :].any()


def test_the_model_itself_is_left_as_it_is(task):
    lm = make_model("llama")
    before = lm.fingerprint
    trainee = Trainee(lm, task, Recipe())
    for weight in trainee.network.parameters():
        weight.data += 1
    del lm.__dict__["fingerprint"]
    assert lm.fingerprint == before


def test_an_encoder_says_nothing(task):
    with pytest.raises(InputError, match="head labels with bert: expected a causal model"):
        Trainee(make_model("bert"), task, Recipe(head="labels"))


def test_every_example_comes_once_an_epoch_in_an_order_of_its_own():
    labels = np.arange(103) % 5
    first, second = (batches(labels, 10, seed=0, epoch=epoch) for epoch in (0, 1))
    assert sorted(np.concatenate(first)) == list(range(103))
    assert [len(batch) for batch in first] == [10] * 10 + [3]
    assert np.concatenate(first).tolist() != np.concatenate(second).tolist()
    again = batches(labels, 10, seed=0, epoch=0)
    assert all((one == other).all() for one, other in zip(first, again, strict=True))


@pytest.mark.parametrize("fewest", [2, 3])
def test_classes_meet_where_they_have_to(fewest):
    labels = np.repeat(np.arange(4), [40, 21, 4, fewest])
    for epoch in range(5):
        order = batches(labels, 8, seed=1, epoch=epoch, fewest=fewest)
        assert all((np.bincount(labels[batch])[np.unique(labels[batch])] >= fewest).all() for batch in order)
        assert set(np.concatenate(order).tolist()) == set(range(len(labels)))
        assert all(len(set(batch.tolist())) >= fewest for batch in order)


def test_a_class_with_one_example_cannot_meet():
    with pytest.raises(InputError, match="class 'rare' with 1 training example: expected 2 or more"):
        check_classes(np.array([0, 0, 0, 1]), ("often", "rare"), 2)
    check_classes(np.array([0, 0, 1, 1]), ("often", "rare"), 2)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"epochs": 0}, "epochs 0"),
        ({"batch_size": 2.5}, "batch_size 2.5"),
        ({"learning_rate": -1.0}, "learning_rate -1.0"),
        ({"head": "tail"}, "head 'tail'"),
        ({"warmup": 1.0}, "warmup 1.0"),
        ({"clip": float("nan")}, "clip nan"),
        ({"accumulate": 64}, "accumulate '64 parts'"),
        ({"lora": 0}, "lora 0"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(wrong, said):
    with pytest.raises(InputError, match=said):
        Recipe(**wrong)


def test_the_rate_warms_up_and_decays_to_nothing():
    recipe = Recipe(warmup=0.1, learning_rate=1.0)
    factors = [recipe.factor(step, 100) for step in range(101)]
    assert factors[0] == pytest.approx(1 / 11)
    assert max(factors) == factors[10] == 1.0
    assert np.all(np.diff(factors[10:]) < 0)
    assert factors[100] == 0.0
