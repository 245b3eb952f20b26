"""The audit: embeddings made to hold a span or nothing, its certificates and controls, masks, resume, bad input."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tiny_models import make_model

from infoplane._errors import InputError, RunError
from infoplane.estimators import Estimate
from infoplane.measures import audit
from infoplane.measures._audit import CAVEATS, find_spans
from infoplane.measures._audit._asked import ask
from infoplane.measures._audit._attack import Outcome
from infoplane.measures._audit._lineup import Lineup
from infoplane.measures._audit._numbers import Certifying
from infoplane.measures._audit._shown import keep_shown, masked
from infoplane.measures._recovery import _sequence_decoder
from infoplane.runs import Run
from infoplane.tasks import Texts

NAMES = ("Ann", "Bob", "Cleo", "Dan", "Eve")
COMMON = (0.36, 0.16, 0.16, 0.16, 0.16)
WIDTH = 40
SPLITS = {"train": 240, "tune": 50, "test": 110}


def numbered(texts: int = 400, documents: int | None = None) -> Texts:
    """Texts with a name and a number of two digits, one a document where no other number is given."""
    rng = np.random.default_rng(5)
    lines = tuple(f"so {rng.choice(NAMES, p=COMMON)} paid {rng.integers(100):02d} for it" for _ in range(texts))
    ends = np.cumsum([0, *(count * texts // 400 for count in SPLITS.values())])
    rows = {name: np.arange(*ends[at : at + 2]) for at, name in enumerate(SPLITS)}
    return Texts("numbered", lines, np.arange(texts) % (documents or texts), rows)


class Planted:
    """A model of two layers: 0 is noise, 1 holds the number of a text, digit by digit, and noise of its own."""

    name, fingerprint, kind, layers = "planted", "planted", "decoder", 1

    def read(self, texts: Sequence[str], selects: Any, *, store: Any, progress: Any) -> dict[str, Any]:  # noqa: ARG002
        rng = np.random.default_rng(6)
        codes = rng.normal(size=(2, 10, WIDTH))
        digits = np.array([[int(letter) for letter in text.split()[3]] for text in texts])
        noise = rng.normal(size=(len(texts), WIDTH))
        states = np.stack([noise, codes[[0, 1], digits].sum(1)], axis=1).astype(np.float32)
        for name in selects:
            store.write(name, np.arange(len(texts)), states)
        return {name: SimpleNamespace(truncated=0) for name in selects}


def run_of(folder: Path, texts: int = 400, **asked: Any) -> Run:
    return audit(Planted(), numbered(texts), out=folder, layers="0-1", **asked)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Run:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_sequence_decoder, "_PATIENCE", 2)
        return run_of(tmp_path_factory.mktemp("planted") / "run")


@pytest.fixture
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decoders that are hardly trained, for what does not depend on how well they read."""
    monkeypatch.setattr(_sequence_decoder, "_MOST_STEPS", 25)


def row(run: Run, **where: Any) -> Estimate:
    [found] = run.ledger.filter(measure="audit", **where)
    return Estimate.from_dict(found)


def test_a_number_that_the_embedding_holds_is_read_back_and_certified(planted: Run) -> None:
    where = {"label": "number", "layer": 1, "role": "mean", "method": "state"}
    read = row(planted, quantity="span_recovery", **where)
    proven = row(planted, quantity="certified_span_recovery", **where)
    assert read.value > 0.9
    assert read.null_mean < 0.1
    assert read.p_value < 0.05
    assert 0.8 < proven.value < read.value
    assert (proven.kind, proven.confidence, proven.low, proven.high) == ("certificate", 0.95, proven.value, None)
    assert "not_above_guessing" not in proven.flags
    assert row(planted, quantity="span_characters", **where).value > 0.95
    assert row(planted, quantity="span_identification", **where).value > 0.9
    assert row(planted, quantity="certified_span_identification", **where).value > 0.8
    gain = row(planted, quantity="span_recovery_gain", **where)
    assert gain.low > 0.8
    assert gain.p_value < 0.001


@pytest.mark.parametrize(("layer", "kind"), [(0, "number"), (0, "name"), (1, "name")])
def test_nothing_is_certified_beyond_guessing_where_there_is_nothing(planted: Run, layer: int, kind: str) -> None:
    where = {"label": kind, "layer": layer, "role": "mean", "method": "state"}
    for name in ("span_recovery", "span_identification"):
        proven = row(planted, quantity=f"certified_{name}", **where)
        assert "not_above_guessing" in proven.flags
        gain = row(planted, quantity=f"{name}_gain", **where)
        assert gain.low < 0.1
        assert row(planted, quantity=name, **where).p_value > 0.01
    assert gain.p_value > 0.01  # nor are they picked less often than by guessing


def test_controls_stand_beside_every_share(planted: Run) -> None:
    for kind in ("name", "number"):
        guessed = row(planted, quantity="span_recovery", label=kind, method="without")
        assert "control" in guessed.flags
        for layer in (0, 1):
            other = row(planted, quantity="span_recovery", label=kind, method="exchanged", layer=layer)
            assert "control" in other.flags
            assert other.value < 0.5


def test_what_is_guessed_of_names_is_a_frequent_one(planted: Run) -> None:
    guessed = row(planted, quantity="span_recovery", label="name", method="without")
    assert guessed.value == pytest.approx(COMMON[0], abs=0.1)


def test_all_certificates_count_in_the_correction(planted: Run) -> None:
    assert row(planted, quantity="certified_span_recovery", label="name", layer=0).estimator.endswith("bonferroni=8)")


def test_certificate_is_the_exact_binomial_bound() -> None:
    certifying = Certifying(0.05, 5)
    assert certifying.certificate(np.ones(100), 0.0).value == pytest.approx(0.01 ** (1 / 100), abs=1e-9)
    assert certifying.certificate(np.zeros(100), 0.0).value == 0.0
    assert certifying.certificate(np.zeros(100), 0.0).flags == ("not_above_guessing",)


@pytest.mark.parametrize(("of_true", "gain"), [(0.0, 0.0), (3.0, 0.3)])
def test_picking_listens_to_states_as_far_as_they_tell(of_true: float, gain: float) -> None:
    rng, names = np.random.default_rng(7), [bytes([at]) for at in range(30)]
    logs = -np.log(np.arange(1, 31)) - np.log((1 / np.arange(1, 31)).sum())  # Zipf's law: frequent ones are guessed
    true = rng.choice(30, 400, p=np.exp(logs))
    told = rng.normal(size=(400, 30)) + of_true * np.eye(30)[true]
    alone, told = (np.column_stack([one[np.arange(400), true], one]) for one in (np.tile(logs, (400, 1)), told))
    tune, test = (Lineup([names[at] for at in true[half]], names, alone[half]) for half in np.split(np.arange(400), 2))
    weight = tune.best_weight((alone + told)[:200])
    found = test.first((alone + told)[200:], weight).mean() - test.first(test.alone, 0.0).mean()
    assert found >= gain
    assert (weight > 0) == (of_true > 0)


def test_counts_and_masked_examples_are_kept(planted: Run) -> None:
    told = json.loads((planted.artifacts / "spans.json").read_text())
    assert told["masked"]
    assert told["says"] == list(CAVEATS)
    assert told["counts"]["number"] == {"train": 240, "tune": 50, "test": 110}
    assert (told["layer"], told["role"]) == (1, "mean")
    assert [one["kind"] for one in told["examples"]] == ["name", "number"] * 20
    numbers = [one for one in told["examples"] if one["kind"] == "number"]
    assert {one["span"] for one in numbers} == {"***"}
    assert {one["span"] for one in told["examples"] if one["kind"] == "name"} == {"***", "c***"}
    assert sum(one["right"] for one in numbers) >= 18


@pytest.mark.parametrize(("show_values", "told"), [(True, ("07", "77", "1234")), (False, ("***", "***", "1***"))])
def test_values_and_what_was_read_are_shown_only_where_asked(
    tmp_path: Path, show_values: bool, told: tuple[str, str, str]
) -> None:
    asked = ask(numbered(), find_spans(numbered().texts, ("number",)), seed=0)
    asked.sequences["test"].symbols[0, :2] = list(b"07")
    read, guessed = ({"number": Outcome([value] * 110, {})} for value in (b"77", b"1234"))
    keep_shown(tmp_path, asked, read, guessed, {}, show_values=show_values)
    example = json.loads((tmp_path / "spans.json").read_text())["examples"][0]
    assert example == dict(zip(("span", "state", "without"), told, strict=True)) | {"kind": "number", "right": False}


def test_masks_tell_neither_short_values_nor_lengths() -> None:
    assert [masked(value) for value in ("", "7", "42", "bob")] == ["***"] * 4
    assert [masked(value) for value in ("anna", "ann@x.de")] == ["a***"] * 2


@pytest.mark.usefixtures("briefly")
def test_listed_values_are_kept_nowhere(tmp_path: Path) -> None:
    listed: dict[str, Any] = {"texts": 80, "kinds": ()}
    run = run_of(tmp_path / "run", patterns={"payer": NAMES}, **listed)
    kept = [path for path in run.path.rglob("*") if path.suffix in {".json", ".jsonl"}]
    assert {"run.json", "ledger.jsonl", "spans.json"} <= {path.name for path in kept}
    assert not [path for path in kept for name in NAMES if re.search(rf"(?i)\b{name}\b", path.read_text())]
    run_of(run.path, patterns={"payer": NAMES[::-1]}, **listed)  # the same values in another order
    with pytest.raises(RunError, match="patterns"):
        run_of(run.path, patterns={"payer": NAMES[1:]}, **listed)


@pytest.mark.usefixtures("briefly")
def test_a_run_that_was_stopped_continues_to_the_same_numbers(tmp_path: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if what == "reading spans back" and done == 2:
            raise KeyboardInterrupt

    small: dict[str, Any] = {"texts": 80, "kinds": ("name",)}
    with pytest.raises(KeyboardInterrupt):
        run_of(tmp_path / "run", **small, progress=stop)
    kept = Run.open(tmp_path / "run", None)
    assert not kept.finished
    assert len(kept.ledger) > 0
    again, whole = (run_of(tmp_path / name, **small) for name in ("run", "whole"))
    assert again.finished
    assert len(kept.ledger) < len(whole.ledger)
    assert again.ledger.rows() == whole.ledger.rows()
    assert (again.artifacts / "spans.json").read_bytes() == (whole.artifacts / "spans.json").read_bytes()


def test_a_finished_run_is_left_alone(planted: Run) -> None:
    before = (planted.path / "ledger.jsonl").read_bytes()
    run_of(planted.path)
    assert (planted.path / "ledger.jsonl").read_bytes() == before
    with pytest.raises(RunError, match="seed"):
        run_of(planted.path, seed=1)


@pytest.mark.usefixtures("briefly")
def test_a_real_network_is_read_as_people_store_embeddings(tmp_path: Path) -> None:
    run = audit(make_model("llama"), numbered(80), out=tmp_path / "run", kinds=("name",))
    assert row(run, quantity="span_recovery", method="state", label="name").n == 22
    assert {one["layer"] for one in run.ledger.filter(method="state")} == {"final"}
    assert run.states.load("mean", 0).shape[0] == 80


def test_one_span_of_a_kind_a_document_is_tested() -> None:
    texts = numbered(400, documents=200)
    asked = ask(texts, find_spans(texts.texts), seed=0)
    documents = texts.documents[[span.row for span in asked.spans["test"] if span.kind == "name"]]
    assert len(documents) == len(set(documents.tolist()))
    assert set(documents.tolist()) == set(texts.documents[texts.rows["test"]].tolist())
    assert asked.counts["name"]["test"] == 110


def test_kinds_without_spans_to_learn_from_are_left_out_and_counted() -> None:
    whole = numbered(80)
    lines = list(whole.texts)
    lines[-1] += " on 2024-01-31 or a@b.de"
    lines[-2] += f" {'x' * 60}@b.de"
    texts = Texts("few", tuple(lines), whole.documents, whole.rows)
    asked = ask(texts, find_spans(texts.texts), seed=0)
    assert set(asked.kinds) == {"name", "number"}
    assert asked.excluded["date, too few spans in a split"] == 1
    assert asked.excluded["email over 48 bytes"] == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"kinds": ("phone",)}, "too few spans to audit"),
        ({"kinds": ("fax",)}, "kind of span 'fax'"),
        ({"patterns": {"x": "["}}, "regular expression"),
        ({"poolings": ("own",)}, "pooling own"),
        ({"poolings": ("max",)}, "pooling 'max'"),
        ({"layers": "7"}, "layer 7"),
        ({"delta": 0.0}, "delta 0"),
    ],
)
def test_what_cannot_be_audited_is_refused_before_anything_is_written(
    tmp_path: Path, asked: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said) as error:
        audit(Planted(), numbered(), out=tmp_path / "run", **asked)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)
    assert not (tmp_path / "run").exists()


def test_too_few_documents_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="29 documents"):
        audit(Planted(), numbered(400, documents=29), out=tmp_path / "run")  # type: ignore[arg-type]
