"""The section about what is read back of words, from rows that were made up."""

import json
import re
from pathlib import Path
from typing import Any

import made_recovery
import pytest
from made_recovery import ENTROPY, changed, rows_of
from page_parts import figures, page_of, said_of

BITS = 1.4427


def drawn_in(figure: dict[str, Any], words: str) -> dict[str, Any]:
    """The trace whose hover boxes speak of `words`."""
    return next(trace for trace in figure["data"] if any(words in text for text in trace.get("hovertext") or []))


@pytest.fixture
def recovered(made: Any, tmp_path: Path) -> Path:
    return made_recovery.write_recovered(made, tmp_path / "recovered")


def test_every_pooling_has_a_figure_and_all_have_one_scale(recovered: Path) -> None:
    shown = figures(page_of(recovered))
    assert set(shown) == {"recovery-mean", "recovery-last", "recovery-groups"}
    assert shown["recovery-mean"]["layout"]["yaxis"]["range"] == shown["recovery-last"]["layout"]["yaxis"]["range"]


def test_the_curve_is_what_is_read_in_bits_above_what_is_proven(recovered: Path) -> None:
    figure = figures(page_of(recovered))["recovery-mean"]
    rows = [row for row in rows_of(recovered) if (row["role"], row["method"], row["label"]) == ("mean", "state", None)]
    for quantity, words in (
        ("recovery_information", "read back"),
        ("certified_information", "proven"),
        ("usable_information", "beyond the place"),
    ):
        own = [row["value"] * BITS for row in rows if row["quantity"] == quantity]
        assert drawn_in(figure, words)["y"] == pytest.approx(own, rel=1e-3)
    (entropy,) = [note["text"] for note in figure["layout"]["annotations"] if "H(T)" in note["text"]]
    (place,) = [note["y"] for note in figure["layout"]["annotations"] if note["text"] == "the place alone"]
    assert place == pytest.approx(0.21 * BITS, abs=0.06)
    assert entropy.replace("\u00a0", " ") == f"H(T) = {ENTROPY * BITS:.2f} bits"


def test_bounds_that_say_nothing_do_not_stretch_the_figure(recovered: Path) -> None:
    figure = figures(page_of(recovered))["recovery-mean"]
    low, high = figure["layout"]["yaxis"]["range"]
    assert min(drawn_in(figure, "<b>layer 0, Fano<")["y"]) < low
    assert low > -0.1 * high


def test_an_entropy_far_above_is_said_instead_of_drawn(recovered: Path) -> None:
    changed(recovered, lambda row: row | {"value": 9.0} if row["quantity"] == "text_entropy" else row)
    figure = figures(page_of(recovered))["recovery-mean"]
    assert len(figure["layout"]["shapes"]) == 1
    assert figure["layout"]["yaxis"]["range"][1] < 4
    said = figure["layout"]["annotations"][0]["text"].replace("\u00a0", " ")
    assert said == "I(T;E), bits a word (H(T) = 13, far above)"


def test_the_page_begins_with_the_peak_the_proof_and_what_is_forgotten(recovered: Path) -> None:
    said = said_of(page_of(recovered))
    assert re.search(
        r"From the mean of the tokens most can be read back at layer 4 of 6: at least 2\.\d\d \[\S+ \S+\] "
        r"of 6\.64 bits a word; 3\d\.\d % of all words are named right\. Proven with confidence 95 %: 1\.\d\d bits\. "
        r"By the last layer 0\.3\d \[\S+ \S+\] bits a word, 1\d\.\d % of that, can no longer be read, p = 0\.01\.",
        said,
    )
    assert re.search(r"From the last token most can be read back at layer 4 of 6", said)
    assert "Of a text as a whole the mean of the tokens holds at least" in said
    assert "7.1 % of the words are too rare to be told apart" in said
    for card in ("Read back of a word", "Named right", "Proven of a word", "Forgotten"):
        assert card in said
    assert "decoder, 6 layers examples train 4,000, tune 500, test 500" in said
    assert "were not drawn" not in said


def test_what_chance_explains_is_not_called_forgotten(recovered: Path) -> None:
    changed(recovered, lambda row: row | {"p_value": 0.4} if row["quantity"] == "recovery_forgetting" else row)
    said = said_of(page_of(recovered))
    assert "That the last layer says less is not shown: 0." in said
    assert "can no longer be read" not in said


def test_a_text_is_not_said_to_hold_less_than_one_of_its_words(recovered: Path) -> None:
    changed(recovered, lambda row: row | {"value": 0.1} if row["quantity"] == "text_information" else row)
    assert "Of a text as a whole" not in said_of(page_of(recovered))


def test_the_last_layer_read_is_named_where_it_is_not_the_models_last(recovered: Path) -> None:
    changed(recovered, lambda row: None if row["layer"] == 6 else row)
    run = json.loads((recovered / "run.json").read_text())
    run["facts"]["blocks"] = 6
    (recovered / "run.json").write_text(json.dumps(run))
    assert "By layer 5 0.3" in said_of(page_of(recovered))


def test_a_curve_that_only_rises_forgets_nothing(recovered: Path) -> None:
    changed(recovered, lambda row: row | {"layer": 6} if row["quantity"] == "recovery_peak" else row)
    assert said_of(page_of(recovered)).count("No layer says more than the last.") == 2


def test_a_certificate_of_nothing_says_so(recovered: Path) -> None:
    changed(recovered, lambda row: row | {"value": -0.2} if row["quantity"] == "certified_information" else row)
    said = said_of(page_of(recovered))
    assert "Nothing of it is proven; more texts would be needed." in said
    assert "Proven with confidence" not in said
    assert "Proven of a word nothing the bound is \u22120.29 bits" in said


def test_groups_are_drawn_where_most_is_read_and_at_the_last_layer(recovered: Path) -> None:
    page = page_of(recovered)
    figure = figures(page)["recovery-groups"]
    assert figure["layout"]["yaxis"]["ticktext"] == list(made_recovery.GROUPS)
    told = figure["data"][-1]["hovertext"]
    assert sum("layer 4" in text for text in told) == sum("layer 6" in text for text in told) == 5
    assert re.search(r"frequency 1-100( 3\d\.\d % \[\S+ \S+\]){2}( \d\.\d\d bits \[\S+ \S+\]){2} 4,000", said_of(page))


def test_the_numbers_have_every_bound_and_control_by_layer(recovered: Path) -> None:
    said = said_of(page_of(recovered))
    assert "Read back by layer, mean of the tokens" in said
    columns = "layer named right I(T;E) a byte usable proven by Fano by Fano with a prior by Fano, ten guesses"
    assert columns in said
    assert "vacuous" in said
    assert "dominated" in said
    assert "Other measures" not in said


def test_an_encoder_and_a_decoder_share_a_page(made: Any, recovered: Path, tmp_path: Path) -> None:
    other = made_recovery.write_recovered(
        made, tmp_path / "encoder", blocks=12, name="encoder", lift=0.4, poolings=("mean", "cls")
    )
    page = page_of(recovered, other, out=tmp_path / "both.html")
    shown = figures(page)
    groups = {"recovery-groups-0", "recovery-groups-1"}
    assert set(shown) == {"recovery-mean", "recovery-last", "recovery-cls", *groups}
    dashes = [trace["line"]["dash"] for trace in shown["recovery-mean"]["data"] if trace["mode"] == "lines+markers"]
    assert dashes == ["solid", "7px,4px"]
    said = said_of(page)
    assert re.search(r"Most read of a word, mean of the tokens \S+ bits \(layer 4\) .* \S+ bits \(layer 7\)", said)
    assert "Most read of a word, last token" not in said
    assert len({tuple(shown[name]["layout"]["xaxis"]["range"]) for name in groups}) == 1


def test_names_with_mark_up_stay_text(recovered: Path) -> None:
    changed(recovered, lambda row: row | {"label": "<img src=x>"} if row["label"] == "content word" else row)
    page = page_of(recovered)
    assert "<img src" not in page
