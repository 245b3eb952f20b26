"""The section about audits, from rows that were made up."""

import json
import re
from pathlib import Path
from typing import Any

import made_recovery
import pytest
from made_recovery import changed, rows_of
from page_parts import figures, page_of, said_of

KINDS = list(made_recovery.KINDS)


@pytest.fixture
def audited(made: Any, tmp_path: Path) -> Path:
    return made_recovery.write_audited(made, tmp_path / "audited")


def test_every_kind_has_two_bars_and_a_stroke(audited: Path) -> None:
    shown = figures(page_of(audited))
    assert set(shown) == {"audit-recovery", "audit-identification"}
    figure = shown["audit-recovery"]
    assert figure["layout"]["yaxis"]["ticktext"] == KINDS
    state, without, proven = figure["data"]
    rows = rows_of(audited)
    for trace, quantity, method in (
        (state, "span_recovery", "state"),
        (without, "span_recovery", "without"),
        (proven, "certified_span_recovery", "state"),
    ):
        own = [100 * row["value"] for row in rows if (row["quantity"], row["method"]) == (quantity, method)]
        assert trace["x"] == pytest.approx(own, rel=1e-3)
    assert proven["y"] == state["y"]
    assert all(below > above for below, above in zip(without["y"], state["y"], strict=True))


def test_the_page_says_what_is_proven_and_what_a_certificate_does_not_say(audited: Path) -> None:
    said = said_of(page_of(audited))
    assert re.search(
        r"Of the kind number, 6\d\.\d % \[\S+ \S+\] are read back whole from the state, 2\d\.\d % are guessed "
        r"without it; at least 52\.0 % is proven\. Of order no more is proven to be read back whole than is guessed "
        r"without the state\. At least so much, never at most\. number 52\.0 % ",
        said,
    )
    assert "number 52.0 % proven: at least so many are read back whole" in said
    assert "The attacker is small." in said
    assert re.search(r"email final state, mean 240 4\d\.\d % \[", said)


def test_nothing_is_called_read_back_where_nothing_is_proven(audited: Path) -> None:
    flagged = {"flags": ["not_above_guessing"]}
    changed(audited, lambda row: row | flagged if row["quantity"].startswith("certified") else row)
    said = said_of(page_of(audited))
    assert "Of email, number, name, order no more is proven to be read back whole than is guessed" in said
    assert "are read back whole from the state" not in said
    assert "read back whole, not proven above guessing" in said


def test_examples_are_shown_as_they_were_masked_and_stay_text(audited: Path) -> None:
    page = page_of(audited)
    said = said_of(page)
    assert "a***@***.org email a***@***.org right i**@**.com" in said
    assert "M*** <b> name N*** J***" in said
    assert "M*** <b>" not in page
    assert "Spans are masked; --show-values shows them." in said
    spans = json.loads((audited / "artifacts" / "spans.json").read_text())
    (audited / "artifacts" / "spans.json").write_text(json.dumps(spans | {"examples": spans["examples"] * 21}))
    assert "2 more in artifacts/spans.json. Spans are masked" in said_of(page_of(audited))
    (audited / "artifacts" / "spans.json").write_text(json.dumps({"examples": []}))
    assert "Some spans" not in said_of(page_of(audited))


def test_layers_may_be_numbers_or_the_final_state(made: Any, tmp_path: Path) -> None:
    folder = made_recovery.write_audited(made, tmp_path / "both", layers=(3, "final"))
    page = page_of(folder)
    assert figures(page)["audit-recovery"]["layout"]["yaxis"]["ticktext"] == KINDS
    said = said_of(page)
    assert "email layer 3, mean 240" in said
    assert "email final state, mean 240" in said


def test_two_audits_stand_below_each_other(made: Any, audited: Path, tmp_path: Path) -> None:
    other = made_recovery.write_audited(made, tmp_path / "other", name="encoder")
    page = page_of(audited, other, out=tmp_path / "both.html")
    names = {f"audit-{what}-{at}" for what in ("recovery", "identification") for at in (0, 1)}
    assert set(figures(page)) == names
    assert "Read back whole, final state, mean: encoder" in said_of(page)
