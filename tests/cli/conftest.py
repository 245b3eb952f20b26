import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_numbers import rows
from quick_networks import quick_networks  # noqa: F401  (a fixture of the whole room)
from whole_runs import QUICK

from infoplane._cli import main
from infoplane.estimators import Estimate
from infoplane.runs import Run
from infoplane.spaces import TaskSpace


@dataclass
class Said:
    """What a command left: exit code and both streams."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


@pytest.fixture
def infoplane(capsys, monkeypatch) -> Callable[..., Said]:
    """Runs the command line in this process, as if outside a terminal and without variables of its own."""
    monkeypatch.delenv("INFOPLANE_DEBUG", raising=False)

    def call(*arguments: object) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        streams = capsys.readouterr()
        return Said(left.value.code, streams.out, streams.err)

    return call


@pytest.fixture
def made_run(tmp_path) -> Path:
    """A finished run directory with made-up numbers."""
    with Run.open(tmp_path / "run", {"model": "tiny", "task": "made", "seed": 0}) as run:
        run.ledger.append(rows())
        run.note(excluded={"empty text": 3, "label too rare": 0})
        run.finish()
    return run.path


@pytest.fixture
def made_space(tmp_path) -> Path:
    """A saved task space of three labels, two layers and width four."""
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(2, 3, 4))
    directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
    checks = [
        {"quantity": quantity, "layer": layer, "label": label}
        | Estimate(value=0.5 + 0.1 * layer, units="score", n=9, estimator="made", null_mean=0.0).as_dict()
        | {"flags": ["weak_direction"] if (quantity, label, layer) == ("sign_rate", "sad", 1) else []}
        for layer in (1, 2)
        for label in ("joyful", "sad", "angry")
        for quantity in ("sign_rate", "agreement", "size")
    ]
    space = TaskSpace(
        labels=("joyful", "sad", "angry"),
        layers=(1, 2),
        directions=directions,
        sizes=np.ones((2, 3)),
        means=np.zeros((2, 4)),
        norms=np.ones(2),
        checks=tuple(checks),
        fingerprint="f" * 64,
        about={"model": "tiny", "task": "made", "method": "mean"},
    )
    return space.save(tmp_path / "space")


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory) -> Path:
    """A folder with a random network of two blocks and a tokenizer of the words it needs."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    torch.set_num_threads(1)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: at for at, letter in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="Ġ", pad_token="Ġ")
    end = wrapped.eos_token_id
    config = GPT2Config(
        vocab_size=len(wrapped), n_layer=2, n_embd=16, n_head=2, n_positions=160, eos_token_id=end, bos_token_id=end
    )
    folder = tmp_path_factory.mktemp("tiny")
    GPT2LMHeadModel(config).save_pretrained(folder)
    wrapped.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def task_file(tmp_path_factory) -> Path:
    """A file of short texts of two labels that the words tell apart."""
    rng = np.random.default_rng(0)
    words = {"good": ("glad", "sun", "gift", "kind"), "bad": ("grim", "rain", "debt", "cold")}
    lines = [
        f"{label}\t{' '.join(rng.choice(words[label], 3))} number {number}"
        for number in range(120)
        for label in ("good", "bad")
    ]
    path = tmp_path_factory.mktemp("task") / "texts.tsv"
    path.write_text("mood\tsentence\n" + "\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="session")
def options(tiny_model, task_file) -> list[object]:
    """What a command needs to know of the tiny model and the short texts."""
    return [
        *("--model", tiny_model, "--task", task_file, "--text", "sentence", "--label", "mood", "--aspect", "mood"),
        *("--device", "cpu", "--batch-size", 16),
    ]


@pytest.fixture(scope="session")
def whole(options, tmp_path_factory) -> Path:
    """A measurement that nothing interrupted."""
    out = tmp_path_factory.mktemp("whole") / "run"
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in ("measure", *options, *QUICK, "--out", out)])
    assert left.value.code == 0
    return out


@pytest.fixture
def refused(tmp_path) -> Callable[..., None]:
    """Checks that a command left one line that says `says`, exit code 2 and no run."""

    def check(said: Any, says: str) -> None:
        assert said.code == 2, said.err
        assert says in said.err
        assert said.err.count("\n") == 1
        assert said.out == ""
        assert not (tmp_path / "run" / "ledger.jsonl").exists()

    return check
