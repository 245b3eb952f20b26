import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from page_parts import figures, own_part, text_of

from infoplane._errors import RunError
from infoplane.estimators import FLAGS
from infoplane.report import report

SECTIONS = ("plane", "layers", "steps", "space", "care", "numbers", "reproduce")


@pytest.fixture(scope="module")
def page(small: Path) -> str:
    return report(small).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pair(small: Path, tuned: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("pair") / "both.html"
    return report(small, tuned, out=out).read_text(encoding="utf-8")


def test_the_page_stands_in_the_run_and_nothing_else_is_left_there(small: Path) -> None:
    before = {path.name for path in small.iterdir()}
    assert report(small) == small / "report.html"
    assert {path.name for path in small.iterdir()} == before | {"report.html"}


def test_the_page_of_two_runs_stands_beside_that_of_the_first(made: Any, tmp_path: Path) -> None:
    one, two = (made(["a", "b", "c"], 2, 2).plane().write(tmp_path / name) for name in ("one", "two"))
    own = report(one).read_bytes()
    assert report(one, two) == one / "report-two.html"
    assert (one / "report.html").read_bytes() == own
    assert not (two / "report.html").exists()


@pytest.mark.parametrize("name", ["/models/tiny", "../models/tiny", "./tiny", "tiny"])
def test_a_folder_of_a_model_is_named_by_its_last_part(made: Any, tmp_path: Path, name: str) -> None:
    page = report(made(["a", "b", "c"], 2, 2, name=name).plane().write(tmp_path / "run")).read_text(encoding="utf-8")
    assert "<title>tiny on embedded · infoplane</title>" in page


def test_the_same_run_gives_the_same_bytes(small: Path, tmp_path: Path) -> None:
    once, again = (report(small, out=tmp_path / name).read_bytes() for name in ("once.html", "again.html"))
    assert once == again


def test_every_section_is_there_with_its_figures(page: str) -> None:
    for name in SECTIONS:
        assert f'<section id="{name}">' in page
    assert set(figures(page)) == {
        *("plane", "information", "accuracy", "spaces", "by-step", "by-role"),
        *("map-label-information", "map-conditional-label-information", "map-input-information"),
        *("similarity", "labels", "turned", "sign-rate", "agreement", "size"),
    }


def test_nothing_is_loaded_from_anywhere(page: str) -> None:
    ours = own_part(page)
    assert not re.findall(r"""(?:src|href|action|data)\s*=\s*["']?(?:https?:)?//""", ours)
    assert not re.findall(r"@import|url\(|fetch\(|XMLHttpRequest|sendBeacon|import\(", ours)
    assert "default-src 'none'" in ours


def test_key_numbers_stand_in_the_summary(page: str, small: Path) -> None:
    rows = [json.loads(line) for line in (small / "ledger.jsonl").read_text().splitlines()]
    best = next(row for row in rows if row["quantity"] == "best_layer_information")
    prompt = next(row for row in rows if row["quantity"] == "prompt_accuracy")
    said = text_of(page)
    assert (
        f"Layer {best['layer']} of 6 says most about the emotion: {best['value'] / 0.6931471805599453:.2f} bits" in said
    )
    assert f"the prompt on {100 * prompt['value']:.0f} %" in said
    assert "measured on a split that had no part in choosing the layer" in said


def test_without_a_fresh_split_the_summary_says_so(made: Any, tmp_path: Path) -> None:
    run = made(["a", "b", "c"], 4, 2).plane()
    run.rows = [row for row in run.rows if not row["quantity"].startswith("best_layer")]
    said = text_of(report(run.write(tmp_path / "run")).read_text(encoding="utf-8"))
    assert "on the split the layer was chosen on, so read it as an upper end" in said


@pytest.mark.parametrize(
    ("left", "null", "said"),
    [
        (0.2, 0.01, "0.29 bits remain."),
        (9.0, 0.01, "all of it remains."),
        (0.2, 0.3, "0.29 bits remain, which is within its null."),
        (9.0, 10.0, "12.98 bits remain, which is within its null."),
        (0.2, None, "0.29 bits remain."),
    ],
)
def test_what_is_left_beside_the_answer_is_never_more_than_there_was(
    made: Any, tmp_path: Path, left: float, null: float | None, said: str
) -> None:
    run = made(["a", "b", "c"], 4, 2).plane().decoding()
    for row in run.rows:
        if row["quantity"] == "conditional_label_information":
            row.update(value=left, null_high=null)
    page = text_of(report(run.write(tmp_path / "run")).read_text(encoding="utf-8")).replace("\u00a0", " ")
    assert f"Once the answer is known, {said}" in page


def test_every_flag_of_the_ledger_is_explained_and_counted(page: str, small: Path) -> None:
    rows = [json.loads(line) for line in (small / "ledger.jsonl").read_text().splitlines()]
    said = text_of(page)
    flags = {flag for row in rows for flag in row["flags"]}
    assert flags
    for flag in flags:
        meaning, remedy = (" ".join(part.split()) for part in FLAGS[flag])
        count = sum(flag in row["flags"] for row in rows)
        assert re.search(rf"{flag} {re.escape(meaning)} {re.escape(remedy)} {count:,} ", said), flag


def test_on_a_narrow_page_a_count_is_named_after_its_run_where_there_are_two(page: str, pair: str) -> None:
    assert set(re.findall(r'data-name="(numbers.*?)"', own_part(page))) == {"numbers"}
    assert set(re.findall(r'data-name="(numbers.*?)"', own_part(pair))) == {"numbers A", "numbers B"}


def test_an_unknown_flag_is_listed_all_the_same(made: Any, tmp_path: Path) -> None:
    run = made(["a", "b", "c"], 2, 2).plane()
    run.rows[3]["flags"] = ["of_a_later_version"]
    said = text_of(report(run.write(tmp_path / "run")).read_text(encoding="utf-8"))
    assert "of_a_later_version This version does not know the word." in said


def test_how_to_reproduce_is_complete(page: str) -> None:
    said = text_of(page)
    for part in (
        "infoplane measure --model embedded --task embedded --out runs/demo",
        "transformers 5.23.0",
        "5f0c2a9be1d47c33" * 4,
        "label with fewer than 5 examples 12",
        "The labels of the official test part are hidden.",
        "Texts cut to the context measure 12 Fingerprints",
        "Took 149 seconds",
    ):
        assert part in said


def test_a_run_measured_from_python_is_reproduced_by_the_same_call(made: Any, tmp_path: Path, page: str) -> None:
    folder = made(["a", "b", "c"], 2, 2).plane().write(tmp_path / "run")
    about = json.loads((folder / "run.json").read_text())
    del about["facts"]["command"]
    (folder / "run.json").write_text(json.dumps(about))
    assert "The same call with the same versions" in text_of(report(folder).read_text(encoding="utf-8"))
    assert "The same command with the same versions" in text_of(page)


def test_text_from_outside_never_becomes_mark_up(wild: Path) -> None:
    page = report(wild).read_text(encoding="utf-8")
    ours = own_part(page)
    assert "<script>alert" not in ours
    assert "<b>very-long" not in ours
    assert "&lt;script&gt;alert(99)" in ours
    for name, figure in figures(page).items():
        assert "<script" not in json.dumps(figure), name
        assert "<b>very-long" not in json.dumps(figure), name


@pytest.mark.parametrize(
    ("without", "line", "gone"),
    [
        ("steps", "Decoding steps were not measured", "by-step"),
        ("space", "The task space is not shown", "similarity"),
        ("plane", "Curves by layer were not drawn", "information"),
    ],
)
def test_a_missing_measure_is_left_out_and_said_in_one_line(
    made: Any, tmp_path: Path, without: str, line: str, gone: str
) -> None:
    run = made(["a", "b", "c", "d"], 4, 3).plane().decoding().space()
    run.rows = [row for row in run.rows if row["measure"] != without]
    page = report(run.write(tmp_path / "run", space=without != "space")).read_text(encoding="utf-8")
    assert line in text_of(page)
    assert gone not in figures(page)
    assert f'<section id="{without}">' not in page


def test_an_encoder_has_no_prompt_and_no_steps(made: Any, tmp_path: Path) -> None:
    run = made(["a", "b", "c", "d"], 4, 3).plane()
    gone = ("prompt_accuracy", "lens_accuracy")
    run.rows = [row for row in run.rows if row["role"] != "last" and row["quantity"] not in gone]
    page = report(run.write(tmp_path / "run", space=False, steps=False)).read_text(encoding="utf-8")
    assert {"plane", "information", "accuracy"} == set(figures(page))
    assert "Used by the prompt" not in text_of(page)


def test_the_published_recipe_is_shown_only_with_its_leak(page: str, large: Path) -> None:
    assert "paper" not in figures(page)
    shown = figures(report(large).read_text(encoding="utf-8"))["paper"]
    solid, dashed = (
        [trace for trace in shown["data"] if trace["line"].get("dash") == dash] for dash in ("solid", "7px,4px")
    )
    assert len(solid) == len(dashed) == 2
    assert all("leak" in trace["hovertext"][0] for trace in dashed)


def test_a_step_that_was_not_measured_stays_empty(large: Path) -> None:
    shown = figures(report(large).read_text(encoding="utf-8"))["map-label-information"]
    cells = next(trace for trace in shown["data"] if trace["type"] == "heatmap")
    assert [all(value is None for value in row) for row in cells["z"]] == [False, False, False, True, False]


def test_figures_show_bits_and_percent_of_the_ledger(page: str, small: Path) -> None:
    rows = [json.loads(line) for line in (small / "ledger.jsonl").read_text().splitlines()]
    wanted = [
        row["value"] / 0.6931471805599453
        for row in rows
        if (row["measure"], row["quantity"], row["role"]) == ("plane", "label_information", "last")
    ]
    curve = next(trace for trace in figures(page)["information"]["data"] if trace.get("mode") == "lines+markers")
    assert curve["y"] == pytest.approx(wanted, rel=1e-3)


def test_two_runs_are_drawn_together_and_compared(pair: str) -> None:
    said = text_of(pair)
    assert "What differs" in said
    assert re.search(r"I\(T;Y\) at the best layer .* \+0\.\d+ bits", said)
    dashes = {
        trace["line"].get("dash")
        for trace in figures(pair)["information"]["data"]
        if trace.get("mode") == "lines+markers"
    }
    assert dashes == {"solid", "7px,4px"}
    assert {"similarity-0", "similarity-1", "map-label-information-0", "map-label-information-1"} <= set(figures(pair))


def test_maps_of_two_runs_share_their_colours(pair: str) -> None:
    shown = figures(pair)
    ends = {shown[f"map-label-information-{at}"]["data"][0]["zmax"] for at in (0, 1)}
    assert len(ends) == 1


def test_models_of_different_depth_share_a_relative_axis(small: Path, large: Path, tmp_path: Path) -> None:
    shown = figures(report(small, large, out=tmp_path / "both.html").read_text(encoding="utf-8"))["information"]
    ends = {max(trace["x"]) for trace in shown["data"] if trace.get("mode") == "lines+markers"}
    assert ends == {1.0}
    assert "share of all blocks" in shown["layout"]["xaxis"]["title"]["text"]


def test_numbers_of_other_measures_are_listed(made: Any, tmp_path: Path) -> None:
    run = made(["a", "b", "c"], 2, 2).plane()
    run.add("recover", "recovery", 0.2, 0.05, split="test")
    said = text_of(report(run.write(tmp_path / "run")).read_text(encoding="utf-8"))
    assert re.search(r"Other measures .* recover recovery split test 0\.\d+ bits", said)


def test_numbers_that_are_not_finite_leave_a_gap(made: Any, tmp_path: Path) -> None:
    run = made(["a", "b", "c"], 3, 2).plane()
    for row in run.rows:
        if row["quantity"] == "label_information" and row["layer"] == 2:
            row |= {"value": float("nan"), "low": None, "high": None}
    shown = figures(report(run.write(tmp_path / "run")).read_text(encoding="utf-8"))["information"]
    curve = next(trace for trace in shown["data"] if trace.get("mode") == "lines+markers")
    assert curve["y"][2] is None


def test_a_run_that_is_not_finished_says_so(made: Any, tmp_path: Path) -> None:
    folder = made(["a", "b", "c"], 2, 2).plane().write(tmp_path / "run")
    about = json.loads((folder / "run.json").read_text()) | {"finished": None}
    (folder / "run.json").write_text(json.dumps(about))
    assert "This run is not finished" in text_of(report(folder).read_text(encoding="utf-8"))


def test_a_torn_last_line_is_left_out(small: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(small, tmp_path / "run")
    with (folder / "ledger.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"measure": "plane", "quanti')
    assert report(folder).is_file()


def test_a_directory_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"no run\.json in .*expected a run directory"):
        report(tmp_path)


def test_an_empty_ledger_is_named(small: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(small, tmp_path / "run")
    (folder / "ledger.jsonl").write_text("")
    with pytest.raises(RunError, match="empty ledger"):
        report(folder)


def test_a_spoilt_summary_is_named(small: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(small, tmp_path / "run")
    (folder / "artifacts" / "space.json").write_text("[1, 2")
    with pytest.raises(RunError, match=r"space\.json"):
        report(folder)


def test_a_place_that_cannot_be_written_is_named(small: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot be written"):
        report(small, out=tmp_path / "nowhere" / "page.html")


def test_an_open_run_is_reported_by_its_directory(small: Path) -> None:
    from infoplane.runs import Run

    assert report(Run.open(small, None)) == small / "report.html"


def test_the_page_is_small_and_quick(large: Path) -> None:
    begun = time.perf_counter()
    page = report(large)
    assert time.perf_counter() - begun < 5
    assert page.stat().st_size < 7e6


def test_the_report_needs_no_network_library(small: Path) -> None:
    code = f"import sys; from infoplane.report import report; report({str(small)!r}); print('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
