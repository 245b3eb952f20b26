"""T1.12: a student begins as its teacher's blocks."""

import pytest
import torch
import transformers
from tiny_models import ENCODERS, FAMILIES, make_network

from infoplane._errors import InputError, ModelError
from infoplane.methods._distilling import layer_map, student_network

TOKENS = torch.tensor([[2, 20, 31, 45, 77, 3], [2, 9, 8, 7, 3, 1]])
MASK = torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0]])
SHAPE = {"hidden_size": 32, "intermediate_size": 48, "num_attention_heads": 4, "vocab_size": 400}


def classifier(depth: int = 6, **changes) -> transformers.BertForSequenceClassification:
    """A random BERT with a classifier of three labels."""
    torch.manual_seed(0)
    config = transformers.BertConfig(**SHAPE, num_hidden_layers=depth, num_labels=3, **changes)
    return transformers.BertForSequenceClassification(config).eval()


@torch.no_grad()
def logits(network) -> torch.Tensor:
    return network(input_ids=TOKENS, attention_mask=MASK).logits


@pytest.mark.parametrize(
    ("teacher", "student", "layers", "expected"),
    [
        (12, None, "spaced", (0, 2, 4, 7, 9, 11)),
        (12, 6, "every_other", (0, 2, 4, 6, 8, 10)),
        (12, 6, "last", (6, 7, 8, 9, 10, 11)),
        (4, None, "spaced", (0, 3)),
        (8, None, "every_other", (0, 2, 4, 6)),
        (5, None, "every_other", (0, 2, 4)),
        (7, 1, "spaced", (0,)),
        (24, 3, "spaced", (0, 12, 23)),
        (6, 6, "spaced", (0, 1, 2, 3, 4, 5)),
        (12, None, (0, 2, 4, 7, 9, 11), (0, 2, 4, 7, 9, 11)),
        (4, 2, [1, 3], (1, 3)),
    ],
)
def test_layer_maps(teacher, student, layers, expected):
    assert layer_map(teacher, student, layers) == expected


@pytest.mark.parametrize(("depth", "layers"), [(None, "spaced"), (None, "every_other"), (None, "last"), (1, "last")])
def test_maps_fit_teachers_of_any_depth(depth, layers):
    for teacher in range(1, 49):
        found = layer_map(teacher, depth, layers)
        assert len(found) == (depth or (teacher + 1) // 2)
        assert list(found) == sorted(set(found))
        assert found[0] >= 0
        assert found[-1] < teacher


@pytest.mark.parametrize(
    ("student", "layers", "said"),
    [
        (None, "odd", "one of spaced, every_other, last"),
        (5, "spaced", "expected 1 to 4"),
        (0, "last", "expected 1 to 4"),
        (3, "every_other", "expected 2 blocks"),
        (None, (0, 4), "blocks from 0 to 3 in rising order"),
        (None, (-1, 2), "blocks from 0 to 3 in rising order"),
        (None, (2, 1), "blocks from 0 to 3 in rising order"),
        (None, (1, 1), "blocks from 0 to 3 in rising order"),
        (None, (), "blocks from 0 to 3 in rising order"),
        (3, (0, 2), "expected 3 blocks"),
    ],
)
def test_maps_that_do_not_fit_are_refused(student, layers, said):
    with pytest.raises(InputError, match=said):
        layer_map(4, student, layers)


def test_a_student_of_six_has_the_teachers_blocks():
    teacher = classifier(12)
    student = student_network(teacher, layers=(0, 2, 4, 7, 9, 11))
    assert student.config.num_hidden_layers == 6
    for ours, theirs in enumerate((0, 2, 4, 7, 9, 11)):
        pair = (network.bert.encoder.layer[i].state_dict() for network, i in ((student, ours), (teacher, theirs)))
        for (name, one), other in zip(next(pair).items(), next(pair).values(), strict=True):
            assert torch.equal(one, other), name
    assert torch.equal(student.classifier.weight, teacher.classifier.weight)
    assert torch.equal(student.bert.pooler.dense.weight, teacher.bert.pooler.dense.weight)
    assert torch.equal(student.bert.embeddings.LayerNorm.bias, teacher.bert.embeddings.LayerNorm.bias)


def test_a_copy_of_all_blocks_gives_identical_logits():
    teacher = classifier(6)
    assert torch.equal(logits(student_network(teacher, depth=6)), logits(teacher))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_can_be_copied(family):
    teacher = make_network(family)
    before = {name: tensor.clone() for name, tensor in teacher.state_dict().items()}
    assert torch.equal(logits(student_network(teacher, depth=4)), logits(teacher))
    half = student_network(teacher)
    assert half.config.num_hidden_layers == 2
    assert logits(half).isfinite().all()
    assert not torch.equal(logits(half), logits(teacher))
    assert teacher.config.num_hidden_layers == 4
    assert all(torch.equal(before[name], tensor) for name, tensor in teacher.state_dict().items())


def test_what_is_listed_block_by_block_goes_with_its_block():
    teacher = make_network("gemma")
    kinds = teacher.config.layer_types
    student = student_network(teacher, layers=(1, 2, 3))
    assert student.config.layer_types == [kinds[1], kinds[2], kinds[3]]
    assert [block.self_attn.layer_idx for block in student.model.layers] == [0, 1, 2]


@pytest.mark.parametrize("head", ["BertModel", "BertForMaskedLM", "BertForSequenceClassification"])
def test_distilbert_of_all_blocks_has_berts_states(head):
    torch.manual_seed(0)
    teacher = getattr(transformers, head)(transformers.BertConfig(**SHAPE, num_hidden_layers=3)).eval()
    with torch.no_grad():
        for parameter in teacher.parameters():
            parameter.normal_(0, 0.3)
    student = student_network(teacher, depth=3, architecture="distilbert")
    assert type(student).__name__ == head.replace("Bert", "DistilBert")
    with torch.no_grad():
        pair = [getattr(n, n.base_model_prefix, n)(TOKENS, attention_mask=MASK)[0] for n in (teacher, student)]
    torch.testing.assert_close(pair[1][MASK.bool()], pair[0][MASK.bool()])
    if head == "BertForMaskedLM":
        torch.testing.assert_close(logits(student)[MASK.bool()], logits(teacher)[MASK.bool()])


def test_distilbert_takes_the_pooler_where_asked_for():
    teacher = classifier(4)
    student = student_network(teacher, layers="every_other", architecture="distilbert", pooler=True)
    assert torch.equal(student.pre_classifier.weight, teacher.bert.pooler.dense.weight)
    assert torch.equal(
        student.distilbert.transformer.layer[1].ffn.lin2.weight, teacher.bert.encoder.layer[2].output.dense.weight
    )
    assert student.config.num_labels == 3
    fresh = [student_network(teacher, architecture="distilbert", seed=seed).pre_classifier.weight for seed in (0, 0, 1)]
    assert torch.equal(fresh[0], fresh[1])
    assert not torch.equal(fresh[0], fresh[2])


def test_the_seed_of_the_process_is_left_alone():
    teacher = classifier(2)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    student_network(teacher)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("family", [name for name in ENCODERS if name != "bert"])
def test_distilbert_of_another_teacher_is_refused(family):
    with pytest.raises(ModelError, match="expected one of BertModel"):
        student_network(make_network(family), architecture="distilbert")


def test_an_architecture_there_is_not_is_refused():
    with pytest.raises(InputError, match="one of same, distilbert"):
        student_network(classifier(2), architecture="lstm")
