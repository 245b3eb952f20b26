"""The sections about steering, from rows that were made up."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import made_steering
import pytest
from page_parts import figures, text_of

from infoplane.report import report
from infoplane.report._key_steps import Place
from infoplane.report._points import Point
from infoplane.report._run_data import RunData

EMOTIONS = ["joyful", "proud", "calm", "afraid", "sad", "angry"]
DRAWN = {
    *("methods", "differences", "pushed", "key-add", "key-subtract", "key-erase", "key-map-add", "key-map-erase"),
    *("read-write", "read-write-layers", "dose-gain", "dose-cost"),
}


@cache
def page_of(folder: Path) -> str:
    return report(folder).read_text(encoding="utf-8")


@cache
def said_of(folder: Path) -> str:
    return text_of(page_of(folder)).replace("\u00a0", " ").replace("\u202f", " ")


def rows_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "ledger.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def compared(made: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = made_steering.compare(made(EMOTIONS, 6, 5))
    return made_steering.write_compared(run, tmp_path_factory.mktemp("compared") / "run")


@pytest.fixture(scope="module")
def steered(made: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = made_steering.steered(made(EMOTIONS, 6, 5).plane().decoding().space())
    return made_steering.write_steered(run, tmp_path_factory.mktemp("steered") / "run")


def test_everything_is_drawn_beside_the_plane(steered: Path) -> None:
    drawn = set(figures(page_of(steered)))
    assert DRAWN | {"plane", "information", "similarity"} <= drawn


def test_a_run_without_steering_says_nothing_of_it(small: Path) -> None:
    page = page_of(small)
    assert not DRAWN & set(figures(page))
    for section in ("methods", "key-steps", "read-write", "dose"):
        assert f'id="{section}"' not in page


def test_a_comparison_says_nothing_of_states_it_did_not_read(compared: Path) -> None:
    said = said_of(compared)
    assert "were not drawn" not in said
    assert "were not measured" not in said
    assert "0 layers" not in said
    assert "test 360" in said
    assert set(figures(page_of(compared))) == {"methods", "differences", "pushed"}


@pytest.mark.parametrize(
    ("accuracies", "opening"),
    [
        ({"ic-icl": 0.6}, "IC-ICL wins: right on 6"),
        ({"knn-vote": 0.6}, "The vote of the retriever alone wins: right on"),
        ({"icl": 0.6}, "ICL wins: right on"),
        ({"ic-icl": 0.41}, "No clear winner: "),
    ],
)
def test_the_page_begins_with_who_wins(made: Any, tmp_path: Path, accuracies: dict[str, float], opening: str) -> None:
    run = made_steering.compare(made(EMOTIONS, 6, 5), accuracies=accuracies)
    said = said_of(made_steering.write_compared(run, tmp_path / "run"))
    assert opening in said
    assert ("No method that asks the model is right more often" in said) == ("knn-vote" in accuracies)
    assert re.search(r"IC-ICL: \S+ points \[.*\] against the prompt, .* against ICL, .* against the vote", said)


def test_a_lead_that_chance_explains_is_no_win(made: Any, tmp_path: Path) -> None:
    """The interval leaves zero out, the corrected p-value does not."""
    run = made_steering.compare(made(EMOTIONS, 6, 5))
    for row in run.rows:
        if row["quantity"] == "accuracy_difference" and (row["method"], row["role"]) == ("ic-icl", "knn-vote"):
            row |= {"value": 0.03, "low": 0.001, "high": 0.06, "p_value": 0.2}
    said = said_of(made_steering.write_compared(run, tmp_path / "run"))
    assert "No clear winner: IC-ICL is right most often" in said
    assert "the vote of the retriever alone (+3.0 points [0.1, 6.0], p = 0.2 after Holm's correction)" in said
    assert "That asking the model helps is not shown" in said


def test_an_oracle_never_wins_and_stands_last(compared: Path) -> None:
    page = page_of(compared)
    assert "oracle wins" not in text_of(page)
    assert figures(page)["methods"]["layout"]["yaxis"]["ticktext"][-1] == "oracle"
    assert "oracle" not in figures(page)["differences"]["layout"]["yaxis"]["ticktext"]


def test_the_table_has_what_a_method_costs_and_chose(compared: Path) -> None:
    said = said_of(compared)
    head = "accuracy macro-F1 answers understood time an item times the prompt tokens an item dose spent"
    assert f"{head} pushed the wrong way" in said
    row = re.search(
        r"ic-icl What ic-icl does\. Chose k 5, dose 0\.375, layers 3-4, tune accuracy 0\.41\. .*?(?=What )", said
    )
    assert row is not None
    for part in ("prefill", "decode", "84 and 3.2 written", "nats [", "right"):
        assert part in row[0]
    assert "tried" not in said


def test_columns_that_no_method_has_are_left_out(made: Any, tmp_path: Path) -> None:
    run = made_steering.compare(made(EMOTIONS, 6, 5))
    run.rows = [row for row in run.rows if row["quantity"] not in ("divergence", "anti_steered")]
    page = page_of(made_steering.write_compared(run, tmp_path / "run"))
    assert "dose spent" not in text_of(page)
    assert "pushed" not in figures(page)


def test_a_short_time_lies_inside_its_interval(made: Any, tmp_path: Path) -> None:
    run = made_steering.compare(made(EMOTIONS, 6, 5))
    for row in run.rows:
        if (row["quantity"], row["method"]) == ("relative_seconds", "knn-vote"):
            row |= {"value": 0.0053, "low": 0.003, "high": 0.008}
    assert "0.0053 [0.0030, 0.0080]" in said_of(made_steering.write_compared(run, tmp_path / "run"))


def test_a_method_whose_answers_are_not_generated_has_a_dash(made: Any, tmp_path: Path) -> None:
    run = made_steering.compare(made(EMOTIONS, 6, 5))
    run.rows = [row for row in run.rows if (row["quantity"], row["method"]) != ("coverage", "icl")]
    page = page_of(made_steering.write_compared(run, tmp_path / "run"))
    dashes = re.findall(r'data-name="answers understood" class="missing"', page)
    assert len(dashes) == 1


def test_what_attention_looks_at_stands_below_the_table(made: Any, compared: Path, tmp_path: Path) -> None:
    run = made_steering.compare(made(EMOTIONS, 6, 5))
    where = {"method": "ic-icl", "split": "test"}
    run.add("compare", "attention_entropy", 1.23, 0.1, **where, **made_steering.NATS)
    run.rows[-1] |= {"value": 1.23, "low": 1.1, "high": 1.4}
    run.add("compare", "attention_agreement", 0.97, 0.02, **where, **made_steering.SHARE)
    run.rows[-1] |= {"value": 0.97, "low": 0.9, "high": 0.99}
    said = said_of(made_steering.write_compared(run, tmp_path / "run"))
    assert (
        "The attention of ic-icl over the labels has an entropy of 1.23 [1.10, 1.40] nats and falls on the retrieved "
        "majority in 97.0 % [90.0, 99.0]."
    ) in said
    assert "The attention of" not in said_of(compared)


def test_a_comparison_of_one_method_has_a_headline_and_no_empty_part(made: Any, tmp_path: Path) -> None:
    run = made_steering.compare(made(EMOTIONS, 6, 5))
    run.rows = [row for row in run.rows if row["method"] == "prompt"]
    folder = made_steering.write_compared(run, tmp_path / "run")
    said, page = said_of(folder), page_of(folder)
    assert re.search(r"The prompt is right on 35\.\d % \[\S+ \S+\] of 360 items; no other method was compared", said)
    assert set(figures(page)) == {"methods"}
    for absent in ("next figure", "The vote asks no model"):
        assert absent not in said
    assert "numbers" not in re.findall(r'(?:id="|href="#)([a-z-]+)"', page)


def test_a_comparison_names_no_aspect_it_does_not_know(compared: Path) -> None:
    assert "embedded on embedded examples test 360 seed" in said_of(compared)
    assert "see the next figure" in said_of(compared)
    assert "gives the same numbers, except times." in said_of(compared)


def test_differences_are_drawn_whichever_way_round_they_were_written(made: Any, tmp_path: Path) -> None:
    run = made_steering.compare(made(EMOTIONS, 6, 5), versus=("ic-icl",))
    gap = 0.05
    run.rows = [row for row in run.rows if row["quantity"] != "accuracy_difference" or row["method"] == "random"]
    for row in run.rows:
        if row["quantity"] == "accuracy_difference":
            row |= {"role": "prompt", "method": "random", "value": -gap, "low": -0.08, "high": -0.02, "p_value": 0.001}
    drawn = figures(page_of(made_steering.write_compared(run, tmp_path / "run")))["differences"]
    assert drawn["layout"]["yaxis"]["ticktext"] == ["<b>minus prompt</b>", "random"]
    assert drawn["data"][-1]["x"] == [-5.0]
    assert "p = 0.001" in [note["text"] for note in drawn["layout"]["annotations"]]
    from infoplane.report._methods import difference

    turned = difference(RunData.of(tmp_path / "run"), "prompt", "random")
    assert turned is not None
    assert (turned.value, turned.low, turned.high) == pytest.approx((5.0, 2.0, 8.0))


def test_a_method_that_pushes_more_than_half_the_wrong_way_stands_out(made: Any, tmp_path: Path) -> None:
    run = made_steering.compare(made(EMOTIONS, 6, 5))
    for row in run.rows:
        if row["quantity"] == "anti_steered" and row["method"] == "ic-icl":
            row |= {"value": 0.8, "low": 0.75, "high": 0.85}
    drawn = figures(page_of(made_steering.write_compared(run, tmp_path / "run")))["pushed"]
    colours = dict(zip(drawn["layout"]["yaxis"]["ticktext"], drawn["data"][-1]["marker"]["color"], strict=True))
    assert colours["ic-icl"] != colours["in-context-vectors"]


@pytest.mark.parametrize(
    ("row", "steps", "layers"),
    [
        ({"step": 2, "layer": 5}, "2", "5"),
        ({"step": 2, "role": "3-6"}, "2", "3-6"),
        ({"layer": 5, "role": "1-4"}, "1-4", "5"),
        ({"role": "layers=3-6 steps=4-5"}, "4-5", "3-6"),
        ({"role": "3-6"}, "all", "3-6"),
        ({}, "all", "all"),
    ],
)
def test_a_place_is_read_from_coordinates_and_role(row: dict[str, Any], steps: str, layers: str) -> None:
    assert Place.of(Point.of(row)) == Place(steps, layers)


def test_a_cell_is_the_change_against_no_change_on_the_same_items(steered: Path) -> None:
    drawn = figures(page_of(steered))["key-map-add"]
    cells, nulls = (trace for trace in drawn["data"] if trace["type"] == "heatmap")
    rows = {
        (row["method"], row["step"], row["layer"]): row
        for row in rows_of(steered)
        if row["quantity"] == "steered_accuracy" and row["step"] is not None
    }
    own, null = rows["oracle add", 1, 3], rows["random add", 1, 3]
    assert cells["z"][1][2] == pytest.approx(100 * (own["value"] - null["null_mean"]), rel=1e-2)
    assert nulls["z"][1][2] == pytest.approx(100 * (null["value"] - null["null_mean"]), rel=2e-2, abs=0.02)
    assert "control" in cells["hovertext"][1][2]
    assert cells["zmax"] == -cells["zmin"] == figures(page_of(steered))["key-map-erase"]["data"][0]["zmax"]


def test_cells_no_different_from_their_control_carry_a_dot(steered: Path) -> None:
    drawn = figures(page_of(steered))["key-map-add"]
    dots = [set(zip(trace["x"], trace["y"], strict=True)) for trace in drawn["data"] if trace["type"] == "scatter"]
    for kind, found in zip(("oracle", "random"), dots, strict=True):
        wanted = {
            (row["layer"] - 1, row["step"])
            for row in rows_of(steered)
            if (row["quantity"], row["method"]) == ("steered_accuracy", f"{kind} add")
            and None not in (row["step"], row["layer"])
            and "like_control" in row["flags"]
        }
        assert wanted
        assert found == wanted


def test_steps_are_named_after_their_tokens_and_bands_after_their_layers(steered: Path) -> None:
    shown = figures(page_of(steered))
    assert shown["key-map-add"]["layout"]["yaxis"]["ticktext"][:3] == ["0", "1 ·joy", "2 ful"]
    assert "layers 3–4, steps 1–4" in shown["key-add"]["layout"]["yaxis"]["ticktext"]
    assert "the prompt" in shown["key-add"]["layout"]["yaxis"]["ticktext"]
    assert "step 1 ·joy" in shown["key-add"]["layout"]["yaxis"]["ticktext"]
    assert "Single steps are changed in layers 3–4." in said_of(steered)


def test_key_steps_are_told_beside_their_controls(steered: Path) -> None:
    said = said_of(steered)
    assert re.search(
        r"Adding the label does most at steps? \S+ in layers 3–4: accuracy goes from 48\.0 % to 9\d\.\d % "
        r"\(another label \d\d\.\d %, random subspace \d\d\.\d %\)",
        said,
    )
    assert "this is an oracle and no method" in said


def test_what_a_random_direction_does_as_well_is_no_key_step(made: Any, tmp_path: Path) -> None:
    """Everything falls to nothing under both at one place, and the label's own alone does less elsewhere."""
    run = made_steering.key_steps(made(EMOTIONS, 6, 5).plane())
    for row in run.rows:
        if row["quantity"] == "steered_accuracy" and str(row["method"]).endswith("subtract"):
            row["flags"] = ["like_control"]
        if row["quantity"] == "steered_accuracy" and str(row["method"]).endswith("erase") and row["role"] == "3-4":
            row.update({"value": 0.0, "flags": []} if row["step"] == 2 else {})
    said = said_of(run.write(tmp_path / "run"))
    assert "Subtracting the label does nowhere more than a random subspace of the same size." in said
    assert re.search(r"Erasing the label does most at steps? (?!2 )", said)


def test_tokens_that_examples_emit_are_listed(steered: Path) -> None:
    page = page_of(steered)
    assert "·joy | ful | ↵" in text_of(page)
    assert "Tokens that are emitted: layers 3-4, steps 1-4" in text_of(page)
    assert "They left &lt;b&gt;again" in page


def test_key_steps_without_the_plain_accuracy_are_not_drawn(made: Any, tmp_path: Path) -> None:
    run = made_steering.key_steps(made(EMOTIONS, 6, 5).plane())
    run.rows = [row for row in run.rows if row["method"] != "plain"]
    assert not {name for name in figures(page_of(run.write(tmp_path / "run"))) if name.startswith("key")}


@pytest.mark.parametrize(
    ("gains", "random", "said"),
    [
        ([0.0, 0.0, 3.0, 3.0], 0.4, "Present and used: layers 3 to 4."),
        ([3.0, 3.0, 0.1, 0.1], 0.4, "present and unused: layers 3 to 4; written but little read: layers 1 to 2."),
        ([5.0, 5.0, 5.0, 5.0], 9.0, "present and unused: layers 3 to 4."),
    ],
)
def test_present_and_used_are_told_apart(
    made: Any, tmp_path: Path, gains: list[float], random: float, said: str
) -> None:
    run = made(EMOTIONS, 4, 2)
    for layer, (read, gain) in enumerate(zip([0.1, 0.2, 1.4, 1.5], gains, strict=True), 1):
        run.add("read_write", "label_information", read, 0.01, layer=layer)
        null = {"null_mean": 0.0, "null_high": random}
        run.add("read_write", "write_gain", gain, 0.01, layer=layer, **made_steering.SCORE | null)
    assert said.lower() in said_of(run.write(tmp_path / "run", space=False, steps=False)).lower()


@pytest.mark.parametrize(
    ("value", "low", "high", "p", "said"),
    [
        (0.9, 0.6, 1.0, 0.01, "Where more can be read, more can be written"),
        (-0.9, -1.0, -0.6, 0.01, "Where more can be read, less can be written"),
        (0.9, 0.6, 1.0, 0.07, "is not clear"),
        (0.3, -0.1, 0.5, None, "is not clear"),
    ],
)
def test_the_rank_correlation_is_put_in_words(
    made: Any, tmp_path: Path, value: float, low: float, high: float, p: float | None, said: str
) -> None:
    run = made_steering.read_write(made(EMOTIONS, 6, 2))
    run.rows[-1] |= {"value": value, "low": low, "high": high, "p_value": p}
    assert said in said_of(run.write(tmp_path / "run", space=False, steps=False))


def test_doses_are_drawn_where_they_were_spent_and_in_nats(steered: Path) -> None:
    gain = figures(page_of(steered))["dose-gain"]
    line = next(trace for trace in gain["data"] if str(trace.get("hovertext", "")).find("add, layers 3-4") > 0)
    rows = [row for row in rows_of(steered) if (row["measure"], row["method"]) == ("dose", "add")]
    for name, quantity in (("x", "divergence"), ("y", "transferred_information")):
        assert line[name] == pytest.approx([row["value"] for row in rows if row["quantity"] == quantity], rel=1e-3)
    assert gain["layout"]["xaxis"]["type"] == "log"
    assert re.search(
        r"Of 0\.3\d nats spent, \S+ \[\S+ \S+\] nats tell which label was meant \(\d+ %\)", said_of(steered)
    )


def test_the_cost_elsewhere_is_drawn_beside_no_steering(steered: Path) -> None:
    cost = figures(page_of(steered))["dose-cost"]
    plain = next(
        row["value"] for row in rows_of(steered) if (row["quantity"], row["method"]) == ("neutral_loss", "plain")
    )
    level = [trace["y"] for trace in cost["data"] if trace["line"].get("dash") == "4px,4px"]
    assert level[0] == pytest.approx([plain, plain], rel=1e-3)


def test_a_flag_of_steering_is_explained(steered: Path) -> None:
    said = said_of(steered)
    for flag in ("oracle", "like_control", "control"):
        assert re.search(rf" {flag} [A-Z][a-z]+ ", said), flag
    assert "does not know the word" not in said


def test_two_comparisons_stand_on_one_page(made: Any, compared: Path, tmp_path: Path) -> None:
    run = made_steering.compare(made(EMOTIONS, 6, 5, seed=4, name="embedded-tuned"), accuracies={"knn-vote": 0.6})
    other = made_steering.write_compared(run, tmp_path / "other")
    page = report(compared, other, out=tmp_path / "both.html").read_text(encoding="utf-8")
    said = text_of(page)
    assert "Accuracy, knn-vote" in said
    assert "Methods: embedded-tuned" in said
    assert "The vote of the retriever alone wins" in said
    assert {"circle", "diamond-open"} == set(figures(page)["methods"]["data"][-1]["marker"]["symbol"])


def test_two_steered_runs_of_different_depth_stand_on_one_page(made: Any, steered: Path, tmp_path: Path) -> None:
    deep = made_steering.steered(made(EMOTIONS, 12, 5, seed=2, name="deep").plane().decoding().space())
    other = made_steering.write_steered(deep, tmp_path / "deep")
    shown = figures(report(steered, other, out=tmp_path / "both.html").read_text(encoding="utf-8"))
    assert {"key-add-0", "key-add-1", "key-map-add-0", "key-map-add-1", "read-write", "dose-gain"} <= set(shown)
    assert shown["key-map-add-0"]["data"][0]["zmax"] == shown["key-map-add-1"]["data"][0]["zmax"]
