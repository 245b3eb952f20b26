from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from answer_form import PAPER_STEPS, AnswerForm, Step, find_form, read_formed
from key_step_table import Answers, Condition, conditions, table_rows
from method_times import times_row
from paper_claims import Claim, claims_2, claims_3
from paper_figure import LEFT, WIDTH, figure_2
from paper_markdown import controls_table, markdown, steps_table, table_2, table_3
from paper_numbers import BASELINE, TABLE_2, TABLE_3
from steering_strength import Strength, bands, literal
from task_spaces import main

from infoplane.estimators import Estimate
from infoplane.methods._answering import TURN
from infoplane.models import load_model
from infoplane.runs import Run
from infoplane.spaces import TaskSpace
from infoplane.tasks import Split, load_task

LABELS = ("sad", "proud", "very proud")
FREE = AnswerForm("Emotion:", False, 0.98, 4, (5, 7), (Step(1, "E", 0.9, {"form": 1.0}),))
FORCED = AnswerForm("Emotion:", True, 0.1, 4, (1, 2), ())
LESS = "steps=4-5 less steps=0"
DOSED = Strength("centroid", 3.0, "1-2", 1.0)
LITERAL = Strength("contrast", 4.0, "all", None)


def number(value: float, half: float = 0.01, **fields) -> Estimate:
    return Estimate(value=value, low=value - half, high=value + half, n=9, units="fraction", estimator="made", **fields)


def row(estimate: Estimate, **where):
    return dict.fromkeys(("measure", "quantity", "method", "role", "dose")) | where | estimate.as_dict()


@pytest.mark.parametrize(
    ("pieces", "label", "roles"),
    [
        (["E", "motion", ":", " sad", ""], 0, ("form", "form", "form", "label", "end")),
        (["\n", "Emotion", ": very", " proud"], 2, ("form", "form", "label", "label_rest")),
        (["Emotion:", " glad"], 3, ("form", "other")),
        ([" sad", ""], 3, ("other", "other")),
        ([], 3, ()),
    ],
)
def test_an_answer_is_read_behind_its_form(pieces, label, roles):
    answer = read_formed(pieces, "Emotion:", LABELS)
    assert answer.label == label
    if ": very" not in pieces:
        assert answer.roles == roles
        assert len(answer.roles) == len(pieces)


def test_steps_of_the_paper_are_mapped_to_what_is_emitted_here():
    assert {steps: FREE.edits(steps) for steps in PAPER_STEPS} == {
        "0": (("0", "content"),),
        "0-3": (("0", "content"), ("1-4", "last")),
        "4-5": (("5-7", "last"),),
        "0,4-5": (("0", "content"), ("5-7", "last")),
    }


def test_a_forced_form_is_made_of_tokens_of_the_prompt():
    assert FORCED.edits("0-3") == (("0", "content"), ("0", "-4--2"))
    assert FORCED.edits("4-5") == (("1-2", "last"),)


def test_the_published_numbers():
    assert BASELINE == (35.35, 26.24)
    assert TABLE_2["4-5"] == {"add": (81.92, 69.91), "subtract": (11.41, 7.81)}
    assert round(TABLE_3["ic-icl"].accuracy - TABLE_3["prompt"].accuracy, 2) == 8.34
    assert round(TABLE_3["ic-icl"].accuracy - TABLE_3["icl"].accuracy, 2) == 14.14
    assert TABLE_3["icl"].seconds == 857


@pytest.mark.parametrize(
    ("expected", "value", "verdict"),
    [
        ("above", 0.05, "**seen**"),
        ("above", -0.05, "**the opposite**"),
        ("above", 0.005, "not seen"),
        ("below", -0.05, "**seen**"),
        ("same", 0.005, "**seen**"),
        ("same", 0.05, "**the opposite**"),
        ("same", 0.015, "**the opposite**"),
    ],
)
def test_a_verdict_needs_the_whole_interval(expected, value, verdict):
    assert Claim("", 1.0, expected, number(value)).verdict == verdict


def test_what_was_not_measured_gets_no_verdict():
    assert Claim("", 1.0, "above", None).verdict == "not measured"
    assert Claim("", 1.0, "below", number(1.05), bound=1.065).verdict == "**seen**"
    assert Claim("", 1.0, "below", number(1.06), bound=1.065).verdict == "not seen"


def test_claims_find_their_numbers():
    rows = [
        row(number(0.4), quantity="difference_from_plain", method="oracle add", role="steps=4-5", dose=1.0),
        row(number(-0.2), quantity="difference_between_steps", method="oracle subtract", role=LESS, dose=1.0),
        row(number(-0.1), quantity="accuracy_difference", method="ic-icl", role="icl"),
    ]
    seen = [claim for claim in (*claims_2(rows, 1.0), *claims_3(rows)) if claim.here is not None]
    assert [claim.verdict for claim in seen] == ["**seen**", "**seen**", "**the opposite**"]
    assert [round(claim.paper, 2) for claim in seen] == [46.57, -2.72, 14.14]


def test_every_claim_of_the_tables_is_told_even_without_numbers():
    assert {claim.verdict for claim in (*claims_2([], 1.0), *claims_3([]))} == {"not measured"}


def test_tables_show_ours_beside_theirs():
    at = {"method": "oracle add", "role": "steps=4-5", "dose": 1.0}
    said = table_2([row(number(0.5), quantity="accuracy", **at)], 1.0)
    assert "| 4-5 | 50.0 [49.0, 51.0] | 81.92 |  | 69.91 |" in said
    assert "3.01" in said.splitlines()[-1]
    assert "| 4-5 | add | 50.0 [49.0, 51.0] |" in controls_table([row(number(0.5), quantity="accuracy", **at)], 1.0)
    methods = table_3([row(number(0.4), quantity="accuracy", method="icl")])
    assert "| icl | 40.0 [39.0, 41.0] | 29.55 |" in methods
    assert "1.98 |" in methods
    assert markdown(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
    assert "| 4-5 | the label | steps 5-7 |" in steps_table(FREE)


def test_the_picture_places_ours_and_theirs_on_one_axis():
    at = {"method": "oracle add", "role": "steps=4-5", "dose": 1.0}
    rows = [row(number(0.5), quantity="accuracy", **at), row(number(0.3), quantity="accuracy", method="plain")]
    picture = ElementTree.fromstring(figure_2(rows, 1.0, "made"))
    points = [float(one.get("cx")) for one in picture.iter("{http://www.w3.org/2000/svg}circle")]
    assert points[3:] == [LEFT + WIDTH / 2]
    published = [one.get("d") for one in picture.iter("{http://www.w3.org/2000/svg}path")]
    assert len(published) == 5
    assert published[0].startswith(f"M{LEFT + WIDTH * 0.8192:.1f} ")


def test_controls_stand_beside_the_dosed_form_alone():
    asked = conditions((DOSED, LITERAL))
    assert len(asked) == 4 * 2 * 3 + 4 * 2
    assert len({condition.name for condition in asked}) == len(asked)
    assert all(condition.kind == "oracle" for condition in asked if condition.strength == LITERAL)


class _Kept(Answers):
    """Answers that are made up: right for as large a share of the items as `right` says of a condition."""

    def __init__(self, right):
        rows = np.arange(40)
        self.items = Split(("",) * 40, rows % 3, rows, tuple(map(str, rows)))
        self.task = SimpleNamespace(labels=LABELS)
        self.right = right

    def of(self, condition, rows):
        return np.where(rows < 40 * self.right(condition), rows % 3, -1)


def test_numbers_of_conditions_and_their_differences():
    def right(condition):
        if condition is None:
            return 0.5
        return {"oracle": 1.0, "random": 0.5, "other": 0.25}[condition.kind]

    kept = _Kept(right)
    asked = [Condition(kind, "add", "4-5", DOSED) for kind in ("oracle", "random", "other")]
    found = {(at["quantity"], at["method"]): e for at, e in table_rows(kept, asked, 0)}
    assert found["accuracy", "plain"].value == 0.5
    assert found["accuracy", "oracle add"].value == 1.0
    assert found["accuracy", "random add"].n == 20
    assert found["difference_from_plain", "oracle add"].value == 0.5
    assert found["difference_from_random", "oracle add"].value == 0.5
    assert found["difference_from_other", "oracle add"].value == 0.75
    assert found["accuracy", "oracle add"].null_mean < 0.5


def test_the_bands_cover_the_layers_and_the_literal_form_all_of_them():
    space = SimpleNamespace(layers=(1, 2, 3, 4, 5, 6), band=lambda: (2, 3, 4))
    assert bands(space) == ["1", "2-4", "5-6", "1-6"]
    assert literal(space) == Strength("contrast", 6.0, "all", None)


def test_times_are_paired_by_turn(tmp_path):
    with Run.open(tmp_path / "run", {"model": "m", "task": "t", "split": "test", "seed": 0}) as run:
        costs = np.zeros((2 * TURN, 6))
        costs[:, 2] = 1.0
        run.states.write("icl.answers", np.arange(2 * TURN), costs)
        costs[:TURN, 0], costs[TURN:, 0] = 1.0, 7.0
        run.states.write("ic-icl.answers", np.arange(2 * TURN), costs)
        found = times_row(run, "ic-icl", "icl")
    assert found["value"] == pytest.approx(4.0)
    assert found["low"] < 4 < found["high"]
    assert (found["method"], found["role"]) == ("ic-icl", "icl")


@pytest.fixture(scope="module")
def embedded():
    return load_model("embedded"), load_task("embedded").subset(32)


def test_the_form_of_the_embedded_model_is_forced(embedded):
    form = find_form(*embedded, prompts=16)
    assert form.forced
    assert form.label == (1, 1)
    assert form.steps[0].roles == {"label": 1.0}
    prompts = form.prompts(embedded[1], embedded[1].splits["test"])
    assert prompts[0].prefix == "Emotion:"


def unembedding(lm, task) -> TaskSpace:
    """A space whose directions are the labels' own rows of the unembedding, at every layer."""
    tokens = [lm.tokenizer(answer, add_special_tokens=False)["input_ids"][0] for answer in task.answers]
    rows = lm.network.get_output_embeddings().weight[tokens].detach().numpy().astype(np.float64)
    rows -= rows.mean(axis=0)
    units = np.tile(rows / np.linalg.norm(rows, axis=1, keepdims=True), (lm.layers, 1, 1))
    ones, zeros = np.ones((lm.layers, len(tokens))), np.zeros((lm.layers, lm.width))
    layers = tuple(range(1, lm.layers + 1))
    return TaskSpace(task.labels, layers, units, ones, zeros, ones[:, 0], (), lm.fingerprint, {})


def test_vectors_change_answers_only_where_they_are_added(embedded, tmp_path):
    lm, task = embedded
    form, items = find_form(lm, task, prompts=8), task.splits["test"].take(np.arange(6))
    hard, nothing = Strength("made", 800.0, "5", None), Strength("made", 0.0, "5", 1.0)
    add, nothing = (Condition("oracle", "add", "4-5", strength) for strength in (hard, nothing))
    with Run.open(tmp_path / "run", {}) as run:
        answers = Answers(lm, task, items, form, {"made": unembedding(lm, task)}, run)
        for condition in (None, add, nothing):
            answers.collect(condition)
        everything, every_second = np.arange(6), np.array([0, 2, 4])
        assert (answers.of(add, every_second) == items.labels[::2]).all()
        assert (answers.of(nothing, everything) == answers.of(None, everything)).all()
        assert not (answers.of(None, every_second) == items.labels[::2]).all()
        kept = sorted((tmp_path / "run" / "states").rglob("*"))
        answers.collect(add)
        assert sorted((tmp_path / "run" / "states").rglob("*")) == kept


def test_a_model_that_writes_the_form_is_left_to_write_it(shared):
    listed = shared / "models" / "ed-decoder" / "labelled_conversations.json"
    task = load_task(shared / "data" / "empathetic_dialogues", exclude=listed)
    form = find_form(load_model(shared / "models" / "ed-decoder"), task, prompts=32)
    assert not form.forced
    assert form.written > 0.9
    assert form.label == (5, 7)
    assert [step.token for step in form.steps[:4]] == ["E", "m", "otion", ":"]
    assert form.steps[4].roles["label"] > 0.9


def test_bad_input_is_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--model", "embedded", "--task", str(tmp_path / "absent.csv"), "--out", str(tmp_path / "run")])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
