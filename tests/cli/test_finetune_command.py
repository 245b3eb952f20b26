"""infoplane finetune on a tiny model, from beginning to end."""

import json
import shlex

import pytest

TRAINED = ["--epochs", 2, "--recipe", "learning_rate=3e-3", "--recipe", "max_length=64", "--max-examples", 40]
MEASURED = ["--permutations", 2, "--trackers", ""]


@pytest.fixture(scope="module")
def trained(options, tmp_path_factory):
    """A fine-tuning with both planes."""
    from infoplane._cli import main

    out = tmp_path_factory.mktemp("trained") / "run"
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in ("finetune", *options, *TRAINED, *MEASURED, "--out", out)])
    assert left.value.code == 0
    return out


def test_finetune_writes_a_run_and_says_it_again(infoplane, options, trained):
    said = infoplane("finetune", *options, *TRAINED, *MEASURED, "--out", trained, "--json")
    assert said.code == 0, said.err
    document = said.document
    assert document["finished"] is True
    assert document["report"] == str(trained / "report.html")
    assert document["model"] == str(trained / "model")
    assert set(document["planes"]) == {"before", "after", "inherited"}
    assert all("parent_space" in row["flags"] for row in document["planes"]["inherited"])
    assert {row["quantity"] for row in document["rows"]} >= {"accuracy", "training_loss", "cmi", "seconds"}
    facts = json.loads((trained / "run.json").read_text())["facts"]
    assert shlex.split(facts["command"])[:2] == ["infoplane", "finetune"]


def test_a_person_sees_epochs_the_test_split_and_both_planes(infoplane, trained):
    shown = infoplane("show", trained)
    assert shown.code == 0, shown.err
    words = ("Epochs: accuracy on tune", "chosen", "Reached on test", "Spread within classes", "seconds for")
    words = (*words, "T: states, Y: labels, z: what of T lies in the task space", f"model: {trained / 'model'}")
    for said in (*words, "before and after training", "after, space from before", f"report: {trained / 'report.html'}"):
        assert said in shown.out
    assert "nan" not in shown.out
    assert "selected on the reported set" not in shown.out
    assert "no_null" not in shown.out, "what took seconds or is a share has no null to ask for"


def test_the_page_has_both_planes_and_what_to_be_careful_about(trained):
    page = (trained / "report.html").read_text()
    for name in ("training", "trained-plane", "trained-information", "trained-spaces", "class-cmi"):
        assert f'id="figure-{name}"' in page
    assert "<code>parent_space</code>" in page


def test_what_was_trained_is_a_model_like_any_other(infoplane, options, trained):
    rest = options[2:]
    said = infoplane("predict", "--model", trained / "model", *rest, "--max-examples", 20, "--json")
    assert said.code == 0, said.err
    space = trained / "before" / "artifacts" / "space"
    out = trained.parent / "again"
    asked = ("--measures", "space", "--max-examples", 40, "--permutations", 0, "--space", space, "--out", out)
    said = infoplane("measure", "--model", trained / "model", *rest, *asked, "--json")
    assert said.code == 0, said.err
    assert said.document["flags"]["parent_space"]["numbers"] == len(said.document["rows"])


def test_the_papers_protocol_is_printed_as_what_it_is(infoplane, options, tmp_path):
    asked = (*TRAINED, "--select-on", "test", "--no-plane", "--trackers", "", "--out", tmp_path / "run")
    shown = infoplane("finetune", *options, *asked)
    assert shown.code == 0, shown.err
    assert "selected on the reported set: the epoch was chosen by what is shown" in shown.out
    assert "selected_on_reported" in shown.out


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["--objective", "mincmi"], "objective 'mincmi'"),
        (["--objective", "min-cmi", "--weight", -1], "weight -1.0 of min-cmi"),
        (["--objective", "min-cmi", "--setting", "centroid=ema"], "objective min-cmi with centroid"),
        (["--setting", "temperature"], "--setting temperature"),
        (["--objective", "min-cmi", "--weight", 0.1, "--setting", "weight=0.2"], "weight once"),
        (["--recipe", "epoch=3"], "--recipe epoch=3"),
        (["--epochs", 0], "epochs 0"),
        (["--lora", 0], "lora 0"),
        (["--recipe", "learning_rate=fast"], "learning_rate 'fast': expected \"auto\" or a number above 0"),
        (["--recipe", "weight_decay=much"], "weight_decay 'much': expected 0 or more"),
        (["--weight", 0.2], "weight 0.2 of cross-entropy"),
        (["--seed", -1], "--seed"),
        (["--train-on", "direction,test"], "training on"),
        (["--select-on", "dev"], "split 'dev'"),
        (["--objective", "distillation"], "without a teacher"),
        (["--teacher", "./nowhere"], "nowhere"),
        (["--space", "nowhere"], "nowhere"),
    ],
)
def test_bad_input_is_one_line(infoplane, options, tmp_path, asked, says):
    said = infoplane("finetune", *options, *asked, "--out", tmp_path / "run")
    assert said.code == 2
    assert says in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""
