"""infoplane recover on a tiny model, and what its tables say of made-up numbers."""

import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from infoplane._cli import main
from infoplane.estimators import Estimate
from infoplane.runs import Run

QUICK = ["--layers", "0,2", "--poolings", "mean", "--device", "cpu", "--batch-size", 32]


@pytest.fixture(scope="module")
def texts_file(tmp_path_factory) -> Path:
    """Lines of ten words of a small vocabulary, and two that are too short."""
    rng = np.random.default_rng(0)
    words = [f"{first}{second}" for first in "bdklmr" for second in ("an", "ot", "ul")]
    lines = [" ".join(rng.choice(words, 10)) for _ in range(100)]
    path = tmp_path_factory.mktemp("texts") / "lines.txt"
    path.write_text("\n".join([*lines, "far too short", "this too"]) + "\n")
    return path


@pytest.fixture(scope="module")
def recovered(tiny_model, texts_file, tmp_path_factory) -> Path:
    """A run of the tiny model."""
    out = tmp_path_factory.mktemp("recovered") / "run"
    words = ["recover", "--model", tiny_model, "--texts", texts_file, *QUICK, "--out", out]
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    assert left.value.code == 0
    return out


def test_recover_writes_a_run_and_says_it_again(infoplane, tiny_model, texts_file, recovered):
    said = infoplane("recover", "--model", tiny_model, "--texts", texts_file, *QUICK, "--out", recovered, "--json")
    assert said.code == 0, said.err
    document = said.document
    assert document["finished"] is True
    assert document["report"] == str(recovered / "report.html")
    assert document["excluded"] == {"under 8 words": 2}
    best = document["recovered"]["mean"]
    assert best["recovery_information"]["layer"] == best["recovery_accuracy"]["layer"]
    assert best["certified_information"]["kind"] == "certificate"
    assert {row["quantity"] for row in document["rows"]} >= {"usable_information", "fano_information", "text_entropy"}
    assert {row["layer"] for row in document["rows"]} - {None} == {0, 2}
    facts = json.loads((recovered / "run.json").read_text())["facts"]
    assert shlex.split(facts["command"])[:2] == ["infoplane", "recover"]


def test_a_person_sees_the_best_layer_its_certificate_and_every_layer(infoplane, recovered):
    shown = infoplane("show", recovered)
    assert shown.code == 0, shown.err
    for words in ("best layer, mean: ", "certified, mean: ", "Read back by layer, nats a word", "left out: 2"):
        assert words in shown.out
    assert "nan" not in shown.out
    assert 'id="figure-recovery-mean"' in (recovered / "report.html").read_text()


@pytest.fixture
def made(tmp_path) -> Path:
    """A finished run of three layers with made-up numbers, the middle one best."""
    common = {"measure": "recoverability", "model": "tiny", "task": "made", "split": "test", "seed": 0}
    with Run.open(tmp_path / "run", {"model": "tiny", "task": "made", "seed": 0}) as run:

        def add(quantity: str, value: float, units: Any = "nats", p_value: float | None = None, **where: Any) -> None:
            kind: Any = "certificate" if quantity.startswith("certified") else "lower_bound"
            numbers = {"low": value - 0.1, "high": value + 0.1, "p_value": p_value, "kind": kind}
            one = Estimate(value=value, units=units, n=900, estimator="made", **numbers)
            place = {"quantity": quantity, "role": "last", "method": "state"}
            run.ledger.add(one, **common, **place | where)

        for layer, nats in enumerate((0.5, 1.5, 1.0)):
            add("recovery_information", nats, layer=layer)
            add("recovery_accuracy", nats / 5, "fraction", layer=layer)
            add("recovery_information_per_byte", nats / 5, layer=layer)
            add("certified_information", nats - 0.9, layer=layer)
            add("recovery_information", 0.25, layer=layer, method="untrained")
            add("recovery_accuracy", 0.9, "fraction", layer=layer, label="punctuation")
        add("recovery_information", 0.3, role=None, method="position")
        add("recovery_accuracy", 0.07, "fraction", role=None, method="position")
        add("recovery_peak", 1.45, layer=1)
        add("recovery_forgetting", 0.5, layer=1, p_value=0.012)
        add("recovery_forgetting_share", 1 / 3, "fraction", layer=1)
        run.finish()
    return run.path


def test_the_lines_are_of_the_peak_in_nats_and_bits_a_word_and_a_byte(infoplane, made):
    lines = [line.rstrip() for line in infoplane("show", made).out.splitlines()]
    assert (
        "best layer, last: 1, 30.0 % [20.0 %, 40.0 %] of words right, at least 1.500 nats (2.164 bits) [1.400, 1.600] "
        "a word; 0.300 nats (0.433 bits) a byte" in lines
    )
    assert "certified, last: at least 0.600 nats (0.866 bits) a word at layer 1, with probability 95 %" in lines
    lost = "0.500 nats (0.721 bits) [0.400, 0.600] a word, 33.3 %, p = 0.012"
    assert f"forgotten by the last layer, last: {lost}" in lines
    place = "7.0 % of words right, 0.300 nats (0.433 bits) [0.200, 0.400] a word"
    assert f"by the place of a word alone: {place}" in lines


def test_a_fall_below_nothing_is_not_printed_as_forgotten(infoplane, made):
    ledger = made / "ledger.jsonl"
    ledger.write_text(ledger.read_text().replace('"value": 0.5,', '"value": -0.01,'))
    assert "forgotten by the last layer, last: nothing; no layer is shown to say more" in infoplane("show", made).out


def test_a_certificate_of_nothing_is_not_printed_as_something(infoplane, made):
    ledger = made / "ledger.jsonl"
    ledger.write_text(ledger.read_text().replace('"value": 0.6,', '"value": -0.6,'))
    said = "certified, last: nothing at layer 1, with probability 95 %; the bound is -0.600 nats"
    assert said in infoplane("show", made).out


def test_every_layer_stands_beside_its_control_and_groups_stay_out(infoplane, made):
    rows = [line.split() for line in infoplane("show", made).out.splitlines() if " last " in line and "%" in line]
    table = [words for words in rows if words[0] in "012"]
    assert [(words[0], words[2], words[4], words[-1]) for words in table] == [
        ("0", "10.0", "0.500", "0.250"),
        ("1", "30.0", "1.500", "0.250"),
        ("2", "20.0", "1.000", "0.250"),
    ]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["--poolings", "max"], "pooling 'max'"),
        (["--poolings", "cls"], "pooling cls"),
        (["--decoder", "tree"], "decoder 'tree'"),
        (["--controls", "random"], "control 'random'"),
        (["--delta", 2], "delta 2"),
        (["--delta", 0], "delta 0"),
        (["--layers", "7"], "7"),
        (["--width", 0], "--width"),
        (["--max-texts", 1], "1 usable texts"),
        (["--batch-size", "many"], "--batch-size many"),
        (["--texts", "nowhere.txt"], "nowhere.txt"),
        (["--tagger", "no_such_pipeline"], "no_such_pipeline"),
        (["--seed", -1], "--seed"),
    ],
)
def test_bad_input_is_one_line(infoplane, refused, tiny_model, texts_file, tmp_path, asked, says):
    words = ["--model", tiny_model, "--texts", texts_file, *QUICK, *asked, "--out", tmp_path / "run"]
    refused(infoplane("recover", *words), says)


@pytest.mark.parametrize("left_out", ["--model", "--texts", "--out"])
def test_what_is_missing_is_named(infoplane, refused, tmp_path, left_out):
    given = {"--model": "embedded", "--texts": "embedded", "--out": tmp_path / "run"}
    words = [word for name, value in given.items() if name != left_out for word in (name, value)]
    refused(infoplane("recover", *words), f"no {left_out}: expected {left_out}")
