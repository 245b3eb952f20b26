from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infoplane._errors import TaskError
from infoplane.tasks import Task, load_task
from infoplane.tasks._glue import GLUE, glue_key
from infoplane.tasks._metrics import evaluate

Check = Callable[[Task], None]

REAL = {
    "CoLA": ("acceptability", ("unacceptable", "acceptable"), ("matthews_correlation",), 8551, 1043),
    "SST-2": ("sentiment", ("negative", "positive"), ("accuracy",), 67349, 872),
    "MRPC": ("paraphrase", ("no", "yes"), ("accuracy", "f1"), 3667, 408),
    "RTE": ("entailment", ("yes", "no"), ("accuracy",), 2490, 277),
    "WNLI": ("entailment", ("no", "yes"), ("accuracy",), 635, 71),
}
SHARE_OF_ONES = {"CoLA": 721 / 1043, "SST-2": 444 / 872, "MRPC": 279 / 408, "RTE": 131 / 277, "WNLI": 31 / 71}


@pytest.mark.parametrize("name", REAL)
def test_the_official_files(shared: Path, check_splits: Check, name: str) -> None:
    aspect, labels, metrics, train, dev = REAL[name]
    task = load_task(shared / "data" / "glue" / name)
    check_splits(task)
    assert task.name == f"glue/{glue_key(name)}"
    assert (task.aspect, task.labels, task.metrics) == (aspect, labels, metrics)
    assert sum(map(len, task.splits.values())) + sum(task.excluded.values()) == train + dev
    assert set(task.excluded) <= {"duplicate text", "group in two splits"}
    assert len(task.splits["test"]) == pytest.approx(dev, abs=4)
    assert task.splits["test"].labels.mean() == pytest.approx(SHARE_OF_ONES[name], abs=0.01)
    assert task.notes[1] == "The official dev part is the test split; the other splits are made from train."
    expected = set(metrics) | {"accuracy", "macro_f1"}
    assert set(task.evaluate([0, 1, 1], [0, 1, -1])) == expected


def test_prompts_of_single_sentences_and_of_pairs(shared: Path) -> None:
    cola = load_task(shared / "data" / "glue" / "CoLA")
    assert cola.prompt("Him ran.").text == "Sentence: Him ran."
    assert cola.contrast_prompt("acceptable", "Him ran.").text.startswith("Infer the sentence from the perspective")
    rte = load_task(shared / "data" / "glue" / "RTE")
    assert rte.prompt("A.", "B.").prefix == "Entailment:"


def test_a_glue_folder_may_be_read_with_other_columns(shared: Path) -> None:
    task = load_task(shared / "data" / "glue" / "WNLI", text="sentence2", label="label", aspect="truth")
    assert task.name == "WNLI"
    assert task.labels == ("0", "1")
    assert task.splits["test"].pairs is None


def write(path: Path, columns: dict[str, list[object]]) -> None:
    pd.DataFrame(columns).to_csv(path, sep="\t", index=False)


def test_scores_have_metrics_but_no_labels(tmp_path: Path) -> None:
    folder = tmp_path / "STS-B"
    folder.mkdir()
    for part, size in (("train", 200), ("dev", 40)):
        texts = [f"{part} {row}" for row in range(size)]
        scores = [f"{row % 51 / 10:.3f}" for row in range(size)]
        write(folder / f"{part}.tsv", {"sentence1": texts, "sentence2": texts, "score": scores})
    task = load_task(folder)
    scores = task.splits["test"].scores
    assert scores is not None
    assert scores[:3].tolist() == [0.0, 0.1, 0.2]
    assert task.metrics == ("pearson", "spearman")
    assert task.evaluate(scores, 2 * scores + 1) == {"pearson": pytest.approx(1), "spearman": pytest.approx(1)}
    assert task.subset(10).splits["test"].scores is not None
    for name in ("labels", "answers"):
        with pytest.raises(TaskError, match="task glue/stsb gives scores: expected labels"):
            getattr(task, name)


def test_mnli_has_two_dev_parts_and_the_matched_one_is_the_test(tmp_path: Path) -> None:
    folder = tmp_path / "MNLI"
    folder.mkdir()
    names = ("entailment", "neutral", "contradiction")
    for part, size in (("train", 120), ("dev_matched", 12), ("dev_mismatched", 9), ("test_matched", 6)):
        texts = [f"{part} {row}" for row in range(size)]
        labels = {} if part.startswith("test") else {"gold_label": [names[row % 3] for row in range(size)]}
        write(folder / f"{part}.tsv", {"sentence1": texts, "sentence2": texts, **labels})
    task = load_task(folder)
    assert task.labels == ("yes", "maybe", "no")
    assert task.splits["test"].texts == tuple(f"dev_matched {row}" for row in range(12))
    assert np.array_equal(task.splits["test"].labels, np.arange(12) % 3)


def test_every_task_has_known_metrics() -> None:
    for glue in GLUE.values():
        scores = evaluate(glue.metrics, [0, 1, 1], [0, 1, 1], 2)
        assert scores == pytest.approx(dict.fromkeys(glue.metrics, 1.0))
