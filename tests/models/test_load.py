"""Loading: whole models only, from safetensors, quietly; every failure is one line that says what to do."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from tiny_models import FAMILIES, TEXTS, make_model, make_network, make_tokenizer

from infoplane._errors import InputError, ModelError
from infoplane.models import LanguageModel, Select, load_model


@pytest.fixture
def saved(tmp_path):
    make_network("llama").save_pretrained(tmp_path / "llama")
    make_tokenizer().save_pretrained(tmp_path / "llama")
    return tmp_path / "llama"


def assert_one_line(error) -> None:
    message = str(error.value)
    assert "\n" not in message
    assert len(message) < 500
    assert error.value.__suppress_context__ or error.value.__context__ is None


@pytest.mark.parametrize("family", FAMILIES)
def test_a_saved_model_loads_as_what_it_is(tmp_path, family):
    made = make_model(family)
    made.network.save_pretrained(tmp_path)
    made.tokenizer.save_pretrained(tmp_path)
    loaded = load_model(tmp_path, device="cpu")
    assert (loaded.kind, loaded.layers, loaded.width, loaded.context) == (
        made.kind,
        made.layers,
        made.width,
        made.context,
    )
    assert loaded.fingerprint == made.fingerprint
    assert not any(parameter.requires_grad for parameter in loaded.network.parameters())
    np.testing.assert_array_equal(loaded.read(TEXTS, Select()).array, made.read(TEXTS, Select()).array)


def test_loading_says_nothing(saved):
    code = f"from infoplane.models import load_model; load_model({str(saved)!r}, device='cpu')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_a_headless_network_is_read_but_not_continued(tmp_path):
    make_network("llama").model.save_pretrained(tmp_path)
    make_tokenizer().save_pretrained(tmp_path)
    model = load_model(tmp_path, device="cpu")
    np.testing.assert_array_equal(model.read(TEXTS, Select()).array, make_model("llama").read(TEXTS, Select()).array)
    with pytest.raises(InputError, match="head"):
        model.generate(TEXTS)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_dtype_is_the_networks(saved, dtype):
    assert next(load_model(saved, device="cpu", dtype=dtype).network.parameters()).dtype == getattr(torch, dtype)


def test_a_folder_that_is_missing(tmp_path):
    for name in (str(tmp_path / "nothing"), "./nothing", ""):
        with pytest.raises(ModelError, match="no folder") as error:
            load_model(name)
        assert_one_line(error)


def test_a_hub_name_that_cannot_be_reached(monkeypatch, capfd):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="nobody/nothing: its config cannot be loaded") as error:
        load_model("nobody/nothing")
    assert_one_line(error)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("remove", "says"),
    [("config.json", r"config\.json"), ("model.safetensors", "no weights"), ("tokenizer.json", "no tokenizer")],
)
def test_a_folder_that_lacks_a_file(saved, remove, says):
    (saved / remove).unlink()
    with pytest.raises(ModelError, match=says) as error:
        load_model(saved)
    assert_one_line(error)


def test_pickled_weights_are_not_read(saved):
    (saved / "model.safetensors").unlink()
    torch.save({}, saved / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"\.bin.*save_pretrained"):
        load_model(saved)


@pytest.mark.parametrize("damage", [lambda raw: raw[: len(raw) // 2], lambda _: b"\xff" * 100, lambda _: b""])
def test_damaged_weights(saved, damage):
    file = saved / "model.safetensors"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(ModelError, match="weights cannot be loaded") as error:
        load_model(saved)
    assert_one_line(error)


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json"])
def test_a_damaged_description(saved, file):
    (saved / file).write_text('{"model_type": "lla')
    with pytest.raises(ModelError, match="cannot be loaded") as error:
        load_model(saved)
    assert_one_line(error)


def test_weights_that_are_missing_are_not_made_up(saved):
    config = json.loads((saved / "config.json").read_text())
    (saved / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 6}))
    with pytest.raises(ModelError, match=r"without the weights model\.layers\.4") as error:
        load_model(saved)
    assert_one_line(error)


def test_weights_of_another_shape(saved):
    config = json.loads((saved / "config.json").read_text())
    (saved / "config.json").write_text(json.dumps({**config, "intermediate_size": 64}))
    with pytest.raises(ModelError, match="weights cannot be loaded") as error:
        load_model(saved)
    assert_one_line(error)


def test_foreign_code_is_not_run(saved):
    config = json.loads((saved / "config.json").read_text())
    own = {"AutoConfig": "mine.Config", "AutoModelForCausalLM": "mine.Network"}
    (saved / "config.json").write_text(json.dumps({**config, "model_type": "mine", "auto_map": own}))
    (saved / "mine.py").write_text("raise SystemExit('foreign code ran')")
    with pytest.raises(ModelError, match="config cannot be loaded") as error:
        load_model(saved)
    assert_one_line(error)


def test_an_encoder_decoder_is_refused(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "t5"}))
    (tmp_path / "model.safetensors").write_bytes(b"")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match="encoder-decoder"):
        load_model(tmp_path)


@pytest.mark.parametrize("options", [{"device": "tpu9"}, {"device": "cuda:77"}, {"dtype": "int3"}, {"batch_size": 0}])
def test_options_that_cannot_be(saved, options):
    with pytest.raises(InputError, match=str(next(iter(options.values())))) as error:
        load_model(saved, **{"device": "cpu", **options})
    assert_one_line(error)


def test_a_network_without_a_list_of_blocks_is_refused():
    network = make_network("llama")
    network.config.num_hidden_layers = 7
    with pytest.raises(ModelError, match="7 blocks"):
        LanguageModel(network, make_tokenizer())


def test_the_fingerprint_tells_networks_and_vocabularies_apart():
    same, other = make_model("llama"), make_model("llama", seed=1)
    assert make_model("llama").fingerprint == same.fingerprint
    assert other.fingerprint != same.fingerprint
    chat = make_model("llama", chat_template="{{ messages }}")
    assert chat.fingerprint != same.fingerprint
    with torch.no_grad():
        same.network.model.layers[2].mlp.up_proj.weight.mul_(1.0001)
    assert LanguageModel(same.network, same.tokenizer).fingerprint not in (same.fingerprint, other.fingerprint)


def test_every_public_name_is_there():
    import infoplane.models as room

    assert room.__all__ == sorted(room.__all__)
    assert all(getattr(room, name) is not None for name in room.__all__)
    with pytest.raises(AttributeError, match="no attribute"):
        _ = room.nothing
