"""infoplane space export: control vectors at a strength, and everything that is refused before a file is written."""

from dataclasses import replace

import numpy as np
import pytest
from gguf import GGUFReader
from safetensors.numpy import load_file

from infoplane.estimators import Estimate
from infoplane.spaces import Curve, Dose, Manner, TaskSpace


def test_a_control_vector_for_llama_cpp(infoplane, made_space, tmp_path):
    out = tmp_path / "sad.gguf"
    words = ["space", "export", made_space, "--format", "gguf", "--label", "sad", "--layers", "2", "--out", out]
    said = infoplane(*words, "--coefficient", 3, "--json")
    assert said.document == {
        **{"file": str(out), "format": "gguf", "label": "sad", "layers": "2", "coefficient": 3.0},
    }
    (tensor,) = GGUFReader(out).tensors
    assert tensor.name == "direction.1"
    np.testing.assert_allclose(tensor.data, 3 * TaskSpace.load(made_space).vectors(2)[1], rtol=1e-6)


def test_a_control_vector_and_a_space_as_safetensors(infoplane, made_space, tmp_path):
    space, out = TaskSpace.load(made_space), tmp_path / "out.safetensors"
    words = ["space", "export", made_space, "--format", "safetensors", "--out", out]
    assert infoplane(*words, "--label", "angry").code == 0
    np.testing.assert_allclose(load_file(out)["direction.1"], space.vectors(1)[2], rtol=1e-6)
    assert infoplane(*words).code == 0
    np.testing.assert_array_equal(load_file(out)["directions"], space.directions)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--format", "gguf"], "gguf without a label"),
        (["--format", "gguf", "--label", "sadd"], "did you mean sad"),
        (["--format", "gguf", "--label", "sad", "--layers", "1"], "layer 1 in a control vector for llama.cpp"),
        (["--format", "gguf", "--label", "sad", "--layers", "2", "--dose", "0.3"], "space build ... --tokens all"),
        (["--format", "gguf", "--label", "sad", "--layers", "2", "--coefficient", "0"], "coefficient 0.0"),
        (["--format", "onnx"], "format onnx: expected one of csv, gguf, npz, safetensors"),
        (["--dose", "0.3"], "without a label"),
    ],
)
def test_what_cannot_be_exported_leaves_no_file(infoplane, made_space, tmp_path, options, words):
    out = tmp_path / "out"
    said = infoplane("space", "export", made_space, *options, "--out", out)
    assert said.code == 2
    assert words in said.err
    assert said.err.count("\n") == 1
    assert not out.exists()


def test_both_sizes_are_shown(infoplane, made_space, tmp_path):
    space = TaskSpace.load(made_space)
    folder = replace(space, sizes=np.array([[1.0, 2.0, 6.0], [0.5, 0.5, 0.5]])).save(tmp_path / "sized")
    shown = " ".join(infoplane("space", "show", folder).out.split())
    assert "held-out size" in shown
    assert "natural size" in shown
    first, second = infoplane("space", "show", folder, "--json").document["layers"]
    assert (first["held_out_size"], first["natural_size"]) == (pytest.approx(0.6), 3.0)
    assert (second["held_out_size"], second["natural_size"]) == (pytest.approx(0.7), 0.5)


def test_doses_are_shown_and_exported(infoplane, made_space, tmp_path):
    reached = Estimate(value=0.3, low=0.2, high=0.4, n=9, estimator="made")
    how = Manner(layers=(2,), tokens="all", operation="add", keep_norm=False)
    doses = (Dose(0.3, 7.0, reached),)
    curve = Curve(how, doses, (), ((7.0, 0.3),), prompts=9, seed=0, task="made", task_fingerprint="f")
    space = replace(TaskSpace.load(made_space), curves=(curve,))
    folder, out = space.save(tmp_path / "dosed"), tmp_path / "sad.gguf"
    shown = infoplane("space", "show", folder)
    assert "layers=2 tokens=all operation=add" in shown.out
    assert "0.3 [0.2, 0.4] nats" in shown.out
    assert infoplane("space", "show", folder, "--json").document["doses"][0]["doses"][0]["coefficient"] == 7.0
    words = ["--format", "gguf", "--label", "sad", "--layers", "2", "--dose", "0.3", "--out", out]
    assert infoplane("space", "export", folder, *words).code == 0
    (tensor,) = GGUFReader(out).tensors
    np.testing.assert_allclose(tensor.data, 7 * space.vectors(2)[1], rtol=1e-6)


def test_a_space_that_cannot_be_dosed_says_why(infoplane, options, tmp_path):
    built = infoplane("space", "build", *options, "--contexts", 8, "--out", tmp_path / "space")
    assert built.code == 0, built.err
    assert "no doses: dose 3.0 nats: expected at most the" in " ".join(built.out.split())
