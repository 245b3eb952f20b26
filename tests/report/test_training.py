"""The sections about training, from rows that were made up."""

import json
import re
from pathlib import Path
from typing import Any

import made_training
import pytest
from page_parts import figures, text_of

from infoplane.report import report

EMOTIONS = ["joyful", "proud", "calm", "afraid", "sad", "angry"]
TRAINED = {"trained-plane", "trained-information", "trained-accuracy", "trained-spaces"}


def page_of(*folders: Path, out: Path | None = None) -> str:
    return report(*folders, out=out).read_text(encoding="utf-8")


def said_of(page: str) -> str:
    return text_of(page).replace("\u00a0", " ").replace("\u202f", " ")


def changed(folder: Path, change: Any) -> None:
    """Every row of the ledger in `folder` as `change` gives it, left out where it gives None."""
    path = folder / "ledger.jsonl"
    rows = [change(json.loads(line)) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows if row is not None))


@pytest.fixture
def trained(made: Any, tmp_path: Path) -> Path:
    return made_training.write_trained(made, tmp_path / "trained", EMOTIONS)


@pytest.fixture
def swept(made: Any, tmp_path: Path) -> Path:
    return made_training.write_swept(made, tmp_path / "swept")


def test_a_training_shows_its_epochs_both_planes_and_the_spread_of_classes(trained: Path) -> None:
    page = page_of(trained)
    assert set(figures(page)) == {"training", "class-cmi", *TRAINED}
    said = said_of(page)
    assert "were not drawn" not in said
    assert "were not measured" not in said
    assert "decoder, 6 layers, width 96" in said
    assert "6 labels of emotion" in said
    assert "examples tune 360, test 360" in said


def test_the_page_begins_with_what_was_reached_and_how_it_was_chosen(trained: Path) -> None:
    said = said_of(page_of(trained))
    assert re.search(
        r"Trained with min-cmi, the network reaches accuracy 53\.\d % \[\S+ \S+\] on 360 test examples at epoch 4\. "
        r"That is the best of 6 epochs on 360 held-out examples, where it reaches 5\d\.\d % \[\S+ \S+\]\. "
        r"What the best layer says of the label went from \d\.\d+ bits at layer \d to \d\.\d+ bits at layer \d\. "
        r"Training took 12\.3 seconds, 11\.2 ms for each of 1,100 steps\.",
        said,
    )
    assert "Selected on the reported set" not in said


def test_the_papers_protocol_is_printed_as_what_it_is(made: Any, tmp_path: Path) -> None:
    run = made_training.finetune(made(EMOTIONS, 6, 3), flags=("selected_on_reported",))
    said = said_of(page_of(made_training.write_alone(run, tmp_path / "run")))
    assert "Selected on the reported set, as the papers do: this number is too high." in said
    assert "selected_on_reported The epoch or the settings were chosen on the very examples" in said


def test_the_curve_is_of_held_out_examples_and_the_diamond_of_the_test_split(trained: Path) -> None:
    drawn = figures(page_of(trained))["training"]
    curve = next(trace for trace in drawn["data"] if trace.get("mode") == "lines+markers")
    assert curve["x"] == [1, 2, 3, 4, 5, 6]
    rows = [json.loads(line) for line in (trained / "ledger.jsonl").read_text().splitlines()]
    held = [row for row in rows if row["quantity"] == "accuracy" and row["split"] == "tune"]
    assert curve["y"] == pytest.approx([100 * row["value"] for row in held], rel=1e-3)
    tested = next(trace for trace in drawn["data"] if "error_y" in trace)
    assert tested["x"] == [4]
    terms = [trace for trace in drawn["data"] if trace.get("yaxis") == "y2"]
    assert [trace["hovertext"][0].split(",")[0] for trace in terms] == ["<b>cross entropy", "<b>cmi"]
    losses = [row["value"] for row in rows if row["role"] == "cmi" and row["quantity"] == "training_loss"]
    assert terms[1]["y"] == pytest.approx(losses, rel=1e-3)


def test_a_training_without_a_held_out_curve_or_result_still_has_a_page(made: Any, tmp_path: Path) -> None:
    folder = made_training.write_alone(made_training.finetune(made(EMOTIONS, 6, 3)), tmp_path / "one")
    changed(folder, lambda row: row | {"epoch": 1} if row["role"] == "chosen" else row)
    changed(folder, lambda row: row if row["epoch"] in (None, 1) else None)
    assert "That is the only epoch on 360 held-out examples" in said_of(page_of(folder))
    changed(folder, lambda row: row if row["split"] != "test" else None)
    assert "On 360 held-out examples the only epoch reaches accuracy" in said_of(page_of(folder))
    changed(folder, lambda row: row if row["quantity"] == "seconds" else None)
    assert "Training took" not in said_of(page_of(folder))


def test_before_and_after_stand_beside_each_other(trained: Path) -> None:
    said = said_of(page_of(trained))
    for name in ("I(T;Y) at the best layer", "Probe accuracy there", "Prompt accuracy"):
        assert re.search(rf"{re.escape(name)} \S+ ?(%|bits) .* intervals (apart|overlap)", said)
    assert re.search(r"I\(z;Y\) in directions of its own \S+ bits \(layer \d\)", said)
    assert re.search(r"I\(z;Y\) in the directions from before \S+ bits \(layer \d\)", said)


def test_both_networks_are_on_one_figure_and_called_what_they_are(trained: Path) -> None:
    shown = figures(page_of(trained))
    told = " ".join(
        text for trace in shown["trained-plane"]["data"] for text in trace.get("hovertext", []) if isinstance(text, str)
    )
    assert "before training, layer 5" in told
    assert "after training, layer 5" in told
    dashes = [trace["line"].get("dash") for trace in shown["trained-information"]["data"] if trace.get("hovertext")]
    assert dashes == ["solid", "solid", "7px,4px", "7px,4px"]
    spaces = [trace for trace in shown["trained-spaces"]["data"] if trace.get("hovertext")]
    assert len(spaces) == 3
    assert "in the space from before" in spaces[2]["hovertext"][0]


def test_the_parents_space_is_among_what_to_be_careful_about(trained: Path) -> None:
    said = said_of(page_of(trained))
    assert "parent_space Made with the task space of the model that this one was trained from" in said
    assert "weak_direction" in said


def test_a_run_without_planes_says_nothing_of_them(made: Any, tmp_path: Path) -> None:
    run = made_training.finetune(made(EMOTIONS, 6, 3))
    page = page_of(made_training.write_alone(run, tmp_path / "run"))
    assert set(figures(page)) == {"training"}
    assert 'id="before-after"' not in page


def test_a_plane_that_was_just_begun_is_left_out(trained: Path) -> None:
    (trained / "after" / "ledger.jsonl").write_text("")
    assert set(figures(page_of(trained))) == {"training", "class-cmi"}


def test_classes_are_drawn_before_and_after_with_the_widest_on_top(trained: Path) -> None:
    drawn = figures(page_of(trained))["class-cmi"]
    assert drawn["layout"]["yaxis"]["ticktext"] == EMOTIONS[::-1]
    marks = drawn["data"][-1]
    assert len(marks["x"]) == 2 * len(EMOTIONS)
    before, after = marks["x"][: len(EMOTIONS)], marks["x"][len(EMOTIONS) :]
    assert all(one > other for one, other in zip(before, after, strict=True))
    said = said_of(page_of(trained))
    assert re.search(r"before training test 0\.1\d bits", said)
    assert "I(X;Z|Y) less its bias separation Γ I(X;Z|Y) / Γ in 5 dimensions" in said


def test_two_trainings_are_compared_on_one_page(made: Any, tmp_path: Path) -> None:
    folders = [
        made_training.write_trained(made, tmp_path / method, EMOTIONS, method=method, seed=at)
        for at, method in enumerate(("cross-entropy", "min-cmi"))
    ]
    page = page_of(*folders)
    names = {f"{name}-{at}" for name in (*TRAINED, "class-cmi") for at in (0, 1)}
    assert set(figures(page)) == {"training", *names}
    said = said_of(page)
    assert re.search(r"Test accuracy 5\d\.\d % .* 5\d\.\d % ", said)
    assert "Reached: embedded, cross-entropy" in said
    assert "Reached: embedded, min-cmi" in said


@pytest.fixture
def distilled(made: Any, tmp_path: Path) -> Path:
    return made_training.write_distilled(made, tmp_path / "distilled", EMOTIONS)


def test_a_distillation_begins_with_the_student_beside_its_teacher_and_one_without(distilled: Path) -> None:
    said = said_of(page_of(distilled))
    assert re.search(
        r"The student, the best of 4 on held-out examples, reaches accuracy 5\d\.\d % \[.*?\] on 360 test examples\. "
        r"That is \u2212\d\.\d points \[.*?\] against the teacher and \+\S+ points \[.*?\] against the student "
        r"without a teacher\.",
        said,
    )


def test_a_distillation_tells_test_teachers_and_students(distilled: Path) -> None:
    page = page_of(distilled)
    said = said_of(page)
    assert set(figures(page)) == {"students"}
    assert "who accuracy macro-F1 weights student minus it" in said
    assert re.search(r"teacher \d\d\.\d % .* 2,600,000 \u2212\d\.\d points \[.*?\] p = 0\.02, Holm", said)
    assert re.search(r"student without a teacher 4\d\.\d % .* 1,400,000 \+\S+ points", said)
    assert re.search(r"max-cmi-0\.2 chosen \S+ % .*? 0\.\d\d bits", said)
    assert re.search(r"alpha=0\.9, T=2 chosen 5\d\.\d % \[.*?\].*? \d\.\d+ s", said)
    assert 'href="#handed-down"' in page


def test_students_are_drawn_best_first_with_the_chosen_one_named(distilled: Path) -> None:
    drawn = figures(page_of(distilled))["students"]
    marks = drawn["data"][-1]
    assert marks["x"] == sorted(marks["x"], reverse=True)
    names = drawn["layout"]["yaxis"]["ticktext"]
    assert names[-1] == "no teacher"
    (chosen,) = drawn["layout"]["annotations"]
    assert (names[chosen["y"]], chosen["text"]) == ("alpha=0.9, T=2", "chosen")


def test_a_sweep_tells_how_many_configurations_every_best_is_the_best_of(swept: Path) -> None:
    page = page_of(swept)
    said = said_of(page)
    assert set(figures(page)) == {"swept", "gains"}
    assert "embedded on mrpc and sst2" in said
    assert said.count("best of 7") == 4
    assert said.count("best of 1 \u2014") == 2
    notes = [note["text"] for note in figures(page)["swept"]["layout"]["annotations"]]
    assert notes == ["of 1", "of 7", "of 7"] * 2
    assert "Each is the best of 1 to 7 configurations on held-out examples." in said
    assert "best with weight 0.2" in said


def test_a_sweep_says_who_is_clearly_better_and_does_not_flatter(swept: Path) -> None:
    said = said_of(page_of(swept))
    assert "min-cmi is clearly better than cross-entropy on 2 of 2 tasks, clearly worse on 0." in said
    assert "label-smoothing is clearly better than cross-entropy on 0 of 2 tasks, clearly worse on 0." in said
    drawn = figures(page_of(swept))["gains"]
    assert drawn["layout"]["yaxis"]["ticktext"] == [
        *("<b>mrpc</b>", "min-cmi", "label-smoothing", "<b>sst2</b>", "min-cmi", "label-smoothing")
    ]
    colours = drawn["data"][-1]["marker"]["color"]
    assert colours[1] == colours[3] == "#ffffff"
    changed(swept, lambda row: row | {"p_value": 0.2} if row["quantity"].endswith("difference") else row)
    assert "min-cmi is clearly better than cross-entropy on 0 of 2 tasks" in said_of(page_of(swept))


def test_the_seeds_of_a_sweep_are_drawn_beside_their_median(swept: Path) -> None:
    seeds, *_, medians = figures(page_of(swept))["swept"]["data"]
    assert len(seeds["x"]) == 30
    assert len(medians["x"]) == 6


def test_names_with_mark_up_stay_text(made: Any, tmp_path: Path) -> None:
    run = made_training.finetune(made(EMOTIONS, 6, 3), method="<script>alert(1)</script>")
    page = page_of(made_training.write_alone(run, tmp_path / "run"))
    assert "<script>alert(1)" not in page
