"""predict and compare, on a tiny model from beginning to end."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time

import pytest

import infoplane as ip

SOME = ["--methods", "prompt,icl,knn-vote,knn-vote-tuned", "--max-examples", 40, "--examples", 3]


@pytest.fixture(scope="module")
def compared(options, tmp_path_factory):
    """A comparison that nothing interrupted."""
    from infoplane._cli import main

    out = tmp_path_factory.mktemp("compared") / "run"
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in ("compare", *options, *SOME, "--out", out)])
    assert left.value.code == 0
    return out


def test_compare_writes_a_run_and_says_it_again(infoplane, options, compared):
    said = infoplane("compare", *options, *SOME, "--out", compared, "--json")
    assert said.code == 0, said.err
    document = said.document
    assert [method["method"] for method in document["methods"]] == ["prompt", "icl", "knn-vote", "knn-vote-tuned"]
    for method in document["methods"]:
        assert method["low"] <= method["accuracy"] <= method["high"] + 1e-9
        assert {"macro_f1", "seconds", "prefill_tokens", "decode_tokens", "coverage"} <= set(method)
    assert document["finished"] is True
    assert document["report"] == str(compared / "report.html")
    assert document["pairs"][0] | {"method": "icl", "against": "prompt"} == document["pairs"][0]
    facts = json.loads((compared / "run.json").read_text())["facts"]
    assert shlex.split(facts["command"])[:2] == ["infoplane", "compare"]


def test_a_person_sees_intervals_and_corrected_tests(infoplane, options, compared):
    shown = infoplane("compare", *options, *SOME, "--out", compared)
    assert shown.code == 0, shown.err
    for words in ("38 examples", "95 % interval", "p (Holm)", "knn-vote-tuned", f"report: {compared / 'report.html'}"):
        assert words in shown.out
    assert "nan" not in shown.out
    again = infoplane("show", compared)
    assert again.code == 0, again.err
    assert again.out == shown.out
    assert infoplane("show", compared, "--json").document["methods"][0]["method"] == "prompt"


@pytest.mark.heavy
@pytest.mark.parametrize("files", [1, 3, 6])
def test_a_comparison_that_is_killed_continues_to_the_same_predictions(infoplane, options, compared, tmp_path, files):
    out = tmp_path / "run"
    words = [str(word) for word in ("compare", *options, *SOME, "--out", out)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", f"import infoplane._cli as c; c.main({words!r})"], env=environment
    )
    while process.poll() is None and len(list(out.glob("states/*/*.safetensors"))) < files:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    said = infoplane(*words, "--json")
    assert said.code == 0, said.err
    clock = ("seconds", "retrieval_seconds", "prefill_seconds", "decode_seconds", "relative_seconds")
    kept, whole = (
        [row for row in ip.Ledger(path / "ledger.jsonl").rows() if row["quantity"] not in clock]
        for path in (out, compared)
    )
    assert kept == whole


def test_predict_for_texts(infoplane, options):
    said = infoplane("predict", *options, "--method", "knn-vote", "glad sun gift", "grim rain debt", "--json")
    assert said.code == 0, said.err
    assert [one["label"] for one in said.document["predictions"]] == ["good", "bad"]
    assert [one["gold"] for one in said.document["predictions"]] == [None, None]
    assert said.document["accuracy"] is None
    assert len(said.document["predictions"][0]["examples"]) == 5
    shown = infoplane("predict", *options, "--method", "knn-vote", "glad sun gift", "--respond")
    assert shown.code == 0, shown.err
    assert "response" in shown.out
    assert "good" in shown.out


def test_predict_for_a_split(infoplane, options):
    said = infoplane("predict", *options, "--method", "knn-vote", "--max-examples", 30, "--json")
    assert said.code == 0, said.err
    assert said.document["n"] == 30
    assert said.document["accuracy"]["value"] == 1.0
    assert all(one["gold"] in ("good", "bad") for one in said.document["predictions"])
    shown = infoplane("predict", *options, "--method", "knn-vote", "--max-examples", 30)
    assert "accuracy 1 [" in shown.out
    assert "and 10 more" in shown.out


def test_text_is_a_text_where_the_task_is_no_file(infoplane, tiny_model):
    words = ["predict", "--model", tiny_model, "--task", "embedded", "--method", "knn-vote", "--json"]
    said = infoplane(*words, "--text", "Nils and I spoke of the move.")
    assert said.code == 0, said.err
    assert [one["text"] for one in said.document["predictions"]] == ["Nils and I spoke of the move."]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["compare", "--methods", "prompt,guess"], "method 'guess': expected one of prompt, prompt-calibrated"),
        (["compare", "--methods", ","], "some of prompt"),
        (["compare", "--split", "direction"], "which examples are retrieved from"),
        (["compare", "--examples", 4000, "--methods", "icl"], "4000 examples of a pool of"),
        (["compare", "--retriever", "./nowhere", "--methods", "knn-vote"], "nowhere"),
        (["compare", "--space", "nowhere"], "nowhere"),
        (["predict", "--method", "guess"], "method 'guess'"),
        (["predict", " "], "texts that are not empty"),
        (["predict", "--method", "oracle", "a text"], "texts with labels"),
    ],
)
def test_bad_input_is_one_line(infoplane, options, tmp_path, words, said):
    out = ["--out", tmp_path / "run"] if words[0] == "compare" else []
    left = infoplane(words[0], *options, *words[1:], *out)
    assert left.code == 2, left.err
    assert left.out == ""
    assert left.err.count("\n") == 1
    assert said in left.err
    assert "Traceback" not in left.err


def test_compare_asks_where_to_write(infoplane, options):
    left = infoplane("compare", *options)
    assert left.code == 2
    assert "no --out" in left.err
