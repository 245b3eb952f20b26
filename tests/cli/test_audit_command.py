"""infoplane audit on a tiny model, and what its table says of made-up numbers."""

import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from infoplane._cli import main
from infoplane.estimators import Estimate
from infoplane.measures._recovery import _sequence_decoder
from infoplane.runs import Run

COLOURS = ("vermilion", "aubergine", "celadon")
QUICK = ["--kinds", "number", "--layers", "1", "--device", "cpu", "--batch-size", 32]


@pytest.fixture(scope="module")
def texts_file(tmp_path_factory) -> Path:
    """Lines with a number, an order and a colour each."""
    rng = np.random.default_rng(0)
    lines = [
        f"the parcel that came on day {at} holds {rng.integers(10)} new {rng.choice(COLOURS)} cups, "
        f"order x{rng.integers(9)}z please"
        for at in range(60)
    ]
    path = tmp_path_factory.mktemp("texts") / "lines.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def audited(tiny_model, texts_file, tmp_path_factory) -> Path:
    """An audit of the tiny model, with a pattern of our own and a list."""
    out, listed = tmp_path_factory.mktemp("audited") / "run", texts_file.with_name("colours.txt")
    listed.write_text("\n".join(COLOURS))
    own = ["--pattern", "order=x[0-9]z", "--values", f"colour={listed}"]
    words = ["audit", "--model", tiny_model, "--texts", texts_file, *QUICK, *own, "--kinds", "order", "--out", out]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_sequence_decoder, "_MOST_STEPS", 25)  # how well they are read does not matter
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
    assert left.value.code == 0
    return out


def test_audit_writes_a_run_with_kinds_and_patterns(infoplane, audited):
    said = infoplane("show", audited, "--json")
    assert said.code == 0, said.err
    document = said.document
    assert document["finished"] is True
    assert {row["label"] for row in document["rows"]} == {"order", "colour"}
    assert {"span_recovery", "certified_span_recovery", "span_characters"} <= {
        row["quantity"] for row in document["rows"]
    }
    assert any("never that at most" in one for one in document["says"])
    facts = json.loads((audited / "run.json").read_text())["facts"]
    assert shlex.split(facts["command"])[:2] == ["infoplane", "audit"]
    assert "never that at most" in (audited / "report.html").read_text()


def test_a_person_sees_a_line_a_kind_and_what_a_certificate_does_not_say(infoplane, audited):
    shown = infoplane("show", audited)
    lines = [line.split() for line in shown.out.splitlines()]
    assert [words[:3] for words in lines if words[:1] in (["order"], ["colour"])] == [
        ["colour", "1", "mean"],
        ["order", "1", "mean"],
    ]
    assert "A certificate proves that at least so much can be read back, never that at most" in shown.out


def test_examples_are_masked(audited):
    spans = json.loads((audited / "artifacts" / "spans.json").read_text())
    assert spans["masked"] is True
    assert {one["span"] for one in spans["examples"]} == {"***", *(f"{colour[0]}***" for colour in COLOURS)}


def test_listed_values_are_nowhere_to_be_seen(infoplane, audited):
    told = [path.read_text() for path in audited.rglob("*") if path.suffix in {".json", ".jsonl", ".html"}]
    told += [infoplane("show", audited).out, infoplane("show", audited, "--json").out]
    assert len(told) > 4
    assert not [colour for colour in COLOURS for text in told if colour in text]


@pytest.fixture
def made(tmp_path) -> Path:
    """A finished audit of one kind with made-up numbers."""
    common = {"measure": "audit", "model": "tiny", "task": "made", "split": "test", "seed": 0, "label": "email"}
    place = {"layer": "final", "role": "mean"}
    with Run.open(tmp_path / "run", {"model": "tiny", "task": "made", "seed": 0}) as run:
        for quantity, method, value, where in (
            ("span_recovery", "without", 0.04, {}),
            ("span_recovery", "state", 0.5, place),
            ("span_recovery", "exchanged", 0.06, place),
            ("certified_span_recovery", "state", 0.41, place),
        ):
            kind: Any = "certificate" if quantity.startswith("certified") else "estimate"
            ends = (value, None) if kind == "certificate" else (value - 0.02, value + 0.02)
            one = Estimate(value=value, low=ends[0], high=ends[1], kind=kind, units="fraction", n=240, estimator="made")
            run.ledger.add(one, **common, quantity=quantity, method=method, **where)
        run.finish()
    return run.path


def test_the_line_has_what_was_read_guessed_and_proven(infoplane, made):
    (line,) = [line for line in infoplane("show", made).out.splitlines() if line.split()[:1] == ["email"]]
    assert " ".join(line.split()) == "email final mean 240 50.0 % [48.0 %, 52.0 %] 4.0 % 6.0 % \u2265 41.0 %"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["--kinds", "passport"], "'passport'"),
        (["--kinds", "email"], "too few spans"),
        (["--pattern", "order"], "--pattern order: expected NAME=VALUE"),
        (["--pattern", "=x"], "--pattern =x: expected NAME=VALUE"),
        (["--pattern", "order=("], "order='('"),
        (["--pattern", "a=x", "--pattern", "a=y"], "a once"),
        (["--pattern", "number=x"], "'number'"),
        (["--values", "client"], "--values client: expected NAME=VALUE"),
        (["--values", "client=absent.txt"], "absent.txt (No such file"),
        (["--pattern", "a=x", "--values", "a=absent.txt"], "a once"),
        (["--poolings", "max"], "pooling 'max'"),
        (["--poolings", "own"], "pooling own"),
        (["--delta", 2], "delta 2"),
        (["--layers", "7"], "7"),
        (["--texts", "nowhere.txt"], "nowhere.txt"),
        (["--max-texts", -1], "--max-texts"),
    ],
)
def test_bad_input_is_one_line(infoplane, refused, tiny_model, texts_file, tmp_path, asked, says):
    words = ["--model", tiny_model, "--texts", texts_file, *QUICK, *asked, "--out", tmp_path / "run"]
    refused(infoplane("audit", *words), says)


@pytest.mark.parametrize("left_out", ["--model", "--texts", "--out"])
def test_what_is_missing_is_named(infoplane, refused, tmp_path, left_out):
    given = {"--model": "embedded", "--texts": "embedded", "--out": tmp_path / "run"}
    words = [word for name, value in given.items() if name != left_out for word in (name, value)]
    refused(infoplane("audit", *words), f"no {left_out}: expected {left_out}")
