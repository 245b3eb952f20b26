"""What training leaves in a model's folder: the parent's fingerprint, and networks with a head for classes."""

import json

import numpy as np
import pytest
import transformers
from tiny_models import FAMILIES, SHAPE, TEXTS, make_model, make_network, make_tokenizer

from infoplane._errors import InputError, ModelError
from infoplane.models import Lineage, Select, load_model

CLASSIFIERS = {
    "llama": ("LlamaForSequenceClassification", FAMILIES["llama"][2]),
    "bert": ("BertForSequenceClassification", {**SHAPE, "max_position_embeddings": 64}),
    "distilbert": ("DistilBertForSequenceClassification", FAMILIES["distilbert"][2]),
}
LINEAGE = Lineage("0" * 64, "class", ("calm", "cross", "glad"))


@pytest.fixture(params=CLASSIFIERS)
def classifier(request, tmp_path):
    """The folder of a tiny network with a head for three classes, and its family."""
    name, shape = CLASSIFIERS[request.param]
    config = getattr(transformers, FAMILIES[request.param][1])(
        vocab_size=400, pad_token_id=1, bos_token_id=2, eos_token_id=3, num_labels=3, **shape
    )
    getattr(transformers, name)(config).save_pretrained(tmp_path)
    make_tokenizer(decoder=request.param == "llama").save_pretrained(tmp_path)
    return tmp_path, request.param


def test_a_classifier_is_loaded_with_its_head_and_read_like_its_base(classifier):
    folder, family = classifier
    model = load_model(folder, device="cpu")
    assert type(model.network).__name__ == CLASSIFIERS[family][0]
    assert model.network.config.num_labels == 3
    assert (model.layers, model.answers) == (4, False)
    base = transformers.AutoModel.from_pretrained(folder)
    base.save_pretrained(folder / "base")
    model.tokenizer.save_pretrained(folder / "base")
    select = Select(tokens="content", reduce="mean")
    read = load_model(folder / "base", device="cpu").read(TEXTS, select).array
    np.testing.assert_array_equal(model.read(TEXTS, select).array, read)
    with pytest.raises(InputError, match="head"):
        model.generate(TEXTS)


def test_a_child_knows_its_parent_and_nobody_else(tmp_path):
    parent = make_model("llama")
    make_network("llama", seed=1).save_pretrained(tmp_path)
    make_tokenizer().save_pretrained(tmp_path)
    assert load_model(tmp_path, device="cpu").lineage is None
    Lineage(parent.fingerprint, "labels", ("glad", "sad")).save(tmp_path)
    child = load_model(tmp_path, device="cpu")
    assert child.lineage == Lineage(parent.fingerprint, "labels", ("glad", "sad"))
    assert child.descends_from(parent.fingerprint)
    assert not child.descends_from(child.fingerprint)
    assert not parent.descends_from(child.fingerprint)


def test_what_is_saved_is_loaded(tmp_path):
    LINEAGE.save(tmp_path)
    assert Lineage.load(tmp_path) == LINEAGE
    assert json.loads((tmp_path / "infoplane.json").read_text())["labels"] == ["calm", "cross", "glad"]


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"parent": 3}', '{"parent": "a", "head": "x", "labels": []}', '{"head": "class"}']
)
def test_a_damaged_file_is_refused_in_one_line(tmp_path, text):
    (tmp_path / "infoplane.json").write_text(text)
    with pytest.raises(ModelError, match=r"infoplane\.json that says nothing of a parent") as error:
        Lineage.load(tmp_path)
    assert "\n" not in str(error.value)
