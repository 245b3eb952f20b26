"""Files for other programs, read back; and a control vector carried out as llama.cpp does."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from gguf import GGUFReader
from safetensors import safe_open

from infoplane._errors import InputError
from infoplane.models import LanguageModel
from infoplane.spaces import TaskSpace, control_vector, export_space
from infoplane.tasks import Task

Made = Callable[..., TaskSpace]


def read_back(data: bytes, folder: Path) -> GGUFReader:
    """What gguf reads in a file of `data`."""
    path = folder / "vector.gguf"
    path.write_bytes(data)
    return GGUFReader(path)


def test_gguf_comes_back_with_what_llama_cpp_asks_for(made: Made, tmp_path: Path) -> None:
    space = made()
    found = read_back(export_space(space, "gguf", label="sad", coefficient=2, layers="3-5"), tmp_path)
    assert found.fields["general.architecture"].contents() == "controlvector"
    assert found.fields["controlvector.model_hint"].contents() == "llama"
    assert found.fields["controlvector.layer_count"].contents() == 3
    assert found.fields["infoplane.label"].contents() == "sad"
    assert found.fields["infoplane.layers"].contents() == "3-5"
    assert float(found.fields["infoplane.coefficient"].contents()) == 2
    assert found.fields["infoplane.fingerprint"].contents() == space.fingerprint
    assert [tensor.name for tensor in found.tensors] == ["direction.2", "direction.3", "direction.4"]
    for layer, tensor in zip((3, 4, 5), found.tensors, strict=True):
        assert tensor.tensor_type.name == "F32"
        assert tensor.shape.tolist() == [16]
        np.testing.assert_allclose(tensor.data, 2 / 3 * space.vectors(layer)[2], rtol=1e-6)


def test_adding_direction_n_behind_block_n_is_what_our_plan_does(
    space: TaskSpace, lm: LanguageModel, task: Task, tmp_path: Path
) -> None:
    """llama.cpp counts blocks from 0 and adds direction.N to the output of block N, at every token."""
    found = read_back(export_space(space, "gguf", label="glad", coefficient=3, layers="2-4"), tmp_path)
    moves = {int(tensor.name.split(".")[1]): torch.tensor(np.array(tensor.data)) for tensor in found.tensors}
    assert sorted(moves) == [1, 2, 3]
    ids = torch.tensor(lm.tokenizer("It was day 3 and I went out", return_tensors=None)["input_ids"])[None]
    handles = [
        lm.network.model.layers[block].register_forward_hook(lambda _m, _a, output, move=move: output + move)
        for block, move in moves.items()
    ]
    with torch.inference_mode():
        theirs = lm.network(ids).logits
        for handle in handles:
            handle.remove()
        plain = lm.network(ids).logits
        with lm.steer(space.plan("glad", coefficient=3, layers="2-4", tokens="all")):
            ours = lm.network(ids).logits
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
    assert (ours - plain).abs().amax(dim=-1).min() > 1e-2


def test_a_dose_is_that_of_every_token(space: TaskSpace) -> None:
    vector = control_vector(space, "glad", dose=0.1)
    (curve,) = (curve for curve in space.curves if curve.how.tokens == "all")
    assert float(vector.about["coefficient"]) == curve.coefficient(0.1)
    assert float(vector.about["dose"]) == 0.1
    last = next(curve for curve in space.curves if curve.how.tokens == "last")
    assert curve.coefficient(0.1) != last.coefficient(0.1)


@pytest.mark.parametrize("form", ["npz", "safetensors"])
def test_a_dose_of_the_last_token_serves_other_forms_than_gguf(space: TaskSpace, form: str, tmp_path: Path) -> None:
    def about(of: TaskSpace) -> dict[str, str]:
        data = export_space(of, form, label="glad", dose=0.1)
        if form == "npz":
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                return {name: str(arrays[name]) for name in ("dose", "dose_tokens", "coefficient")}
        (tmp_path / "vector").write_bytes(data)
        with safe_open(tmp_path / "vector", "np") as file:
            return dict(file.metadata())

    (last,) = (curve for curve in space.curves if curve.how.tokens == "last")
    alone = replace(space, curves=(last,))
    assert about(space)["dose_tokens"] == "all"
    assert about(alone)["dose_tokens"] == "last"
    assert float(about(alone)["coefficient"]) == last.coefficient(0.1) != float(about(space)["coefficient"])
    with pytest.raises(
        InputError, match=r"tokens=all .*infoplane space build \.\.\. --tokens all, or give a coef"
    ) as error:
        export_space(alone, "gguf", label="glad", dose=0.1)
    assert "space.calibrate" not in str(error.value)


def test_no_strength_is_the_natural_size_of_the_middle_third(made: Made) -> None:
    space = made()
    vector = control_vector(space, "joyful")
    assert list(vector.layers) == [3, 4, 5, 6]
    np.testing.assert_allclose(vector.layers[4], space.vectors(4)[1] / 4, rtol=1e-6)
    assert set(vector.about) == {"label", "layers", "coefficient", "model", "architecture", "fingerprint"}


@pytest.mark.parametrize("form", ["npz", "safetensors"])
def test_a_vector_in_other_forms_keeps_our_numbers(made: Made, form: str, tmp_path: Path) -> None:
    space = made()
    data = export_space(space, form, label="sad", coefficient=1, layers=[1, 4])
    if form == "npz":
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            kept = {name: arrays[name] for name in arrays}
        assert str(kept["label"]) == "sad"
    else:
        (tmp_path / "vector").write_bytes(data)
        with safe_open(tmp_path / "vector", "np") as file:
            kept = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - is no mapping
            assert file.metadata()["label"] == "sad"
    for layer in (1, 4):
        np.testing.assert_allclose(kept[f"direction.{layer}"], space.vectors(layer)[2] / 2, rtol=1e-6)


def test_the_whole_space_as_safetensors(made: Made, tmp_path: Path) -> None:
    space = made()
    (tmp_path / "space").write_bytes(export_space(space, "safetensors"))
    with safe_open(tmp_path / "space", "np") as file:
        for name in ("directions", "sizes", "means", "norms"):
            np.testing.assert_array_equal(file.get_tensor(name), getattr(space, name))
        assert file.metadata()["labels"].split("\n") == list(space.labels)
        assert file.metadata()["layers"].split("\n") == [str(layer) for layer in space.layers]


@pytest.mark.parametrize(
    ("form", "options", "words"),
    [
        ("gguf", {}, "gguf without a label"),
        ("onnx", {"label": "sad"}, "format onnx: expected one of csv, gguf, npz, safetensors"),
        ("csv", {"label": "sad"}, "csv of label sad"),
        ("npz", {"dose": 0.3}, "without a label"),
        ("npz", {"layers": "2"}, "without a label"),
        ("gguf", {"label": "glad"}, "label 'glad': expected one of the 3"),
        ("gguf", {"label": "sad", "layers": "1-3"}, "layer 1 in a control vector for llama.cpp"),
        ("gguf", {"label": "sad", "layers": "20"}, "layer 20"),
        ("gguf", {"label": "sad", "dose": 0.3}, r"dose 0.3 nats for layers=3-6 tokens=all operation=add"),
        ("gguf", {"label": "sad", "dose": 0.3, "coefficient": 1.0}, "expected one of them"),
        ("gguf", {"label": "sad", "coefficient": float("inf")}, "coefficient inf"),
        ("npz", {"label": "sad", "coefficient": 0.0}, "coefficient 0.0: expected a finite number that is not zero"),
    ],
)
def test_what_cannot_be_exported(made: Made, form: str, options: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        export_space(made(), form, **options)
    assert "\n" not in str(error.value)
