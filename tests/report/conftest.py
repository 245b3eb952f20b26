"""Run directories with made-up but plausible numbers, written as plain JSON: what a report is made from."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from quick_networks import quick_networks  # noqa: F401  (a fixture of the whole room)

EMOTIONS = [
    "joyful",
    "proud",
    "grateful",
    "hopeful",
    "calm",
    "surprised",
    "curious",
    "anxious",
    "afraid",
    "sad",
    "lonely",
    "ashamed",
    "angry",
    "disgusted",
]
TOPICS = [
    "weather",
    "travel",
    "cooking",
    "football",
    "opera",
    "chemistry",
    "gardening",
    "finance",
    "traffic",
    "astronomy",
    "fishing",
    "knitting",
    "theatre",
    "surgery",
    "sailing",
    "carpentry",
    "chess",
    "poetry",
    "elections",
    "medicine",
    "geology",
    "ballet",
    "cycling",
    "pottery",
    "tennis",
    "archery",
    "beekeeping",
    "climbing",
    "printing",
    "painting",
    "skiing",
    "baking",
]
COORDINATES = (
    *["measure", "quantity", "model", "task", "split", "layer", "site", "head"],
    *["step", "role", "label", "method", "dose", "epoch", "seed"],
)
PERIOD = 2 * math.pi


class MadeRun:
    """Collects the rows of a made-up run of `layers` blocks on `labels`, then writes its directory."""

    def __init__(
        self, labels: list[str], layers: int, steps: int, *, seed: int = 0, lift: float = 0.0, name: str = "embedded"
    ):
        self.labels, self.layers, self.steps, self.lift, self.name = labels, layers, steps, lift, name
        self.rng = np.random.default_rng(seed)
        self.n = 60 * len(labels) if len(labels) < 20 else 1000
        self.entropy = math.log(len(labels)) - 0.004
        self.rows: list[dict[str, Any]] = []

    def add(self, measure: str, quantity: str, value: float, half: float, **fields: Any) -> None:
        """One row: `value` with the interval `value` ± about `half`, and any other coordinates or fields."""
        where = dict.fromkeys(COORDINATES) | {"model": self.name, "task": "embedded", "split": "measure", "seed": 0}
        noise = float(self.rng.normal(0, half / 3))
        value = min(value, 1.0 - noise) if fields.get("units") == "fraction" else value
        estimate = {
            "value": value + noise, "low": value + noise - half, "high": value + noise + half * 0.94,
            "confidence": 0.95,
            "kind": "lower_bound", "units": "nats", "n": self.n, "estimator": "readout(lda,folds=5)",
            "null_mean": -0.01, "null_high": 0.035, "p_value": 0.0099, "ceiling": self.entropy, "flags": [],
        }  # fmt: skip
        if value < 0.04 and estimate["units"] == fields.get("units", "nats"):
            estimate |= {"flags": ["not_above_null"], "p_value": 0.41}
        self.rows.append(where | {"measure": measure, "quantity": quantity} | estimate | fields)

    def share(self, layer: int, role: str) -> float:
        """The share of H(Y) that the state `role` of `layer` carries."""
        depth = layer / self.layers
        rise = 1 / (1 + math.exp(-11 * (depth - 0.42)))
        late = 0.12 * max(0.0, depth - 0.75) / 0.25
        last = (0.74 * rise - late - 0.006) * (layer > 0) + self.lift * rise
        return last if role == "last" else 0.30 + 0.22 * math.sin(min(depth, 0.8) / 0.8 * math.pi / 2) - late / 2

    def plane(self) -> "MadeRun":
        """Every row of the information plane."""
        chance = 1 / len(self.labels)
        shares = {
            "units": "fraction",
            "kind": "estimate",
            "null_mean": chance,
            "null_high": chance * 1.5,
            "ceiling": 1.0,
        }
        self.add(
            "plane",
            "label_entropy",
            self.entropy,
            0.004,
            null_mean=None,
            null_high=None,
            ceiling=None,
            flags=["no_null"],
        )
        self.add("plane", "prompt_accuracy", 0.48, 0.034, **shares, method="label_scoring")
        for layer in range(self.layers + 1):
            for role in ("last", "content"):
                share, where = self.share(layer, role), {"layer": layer, "site": "residual", "role": role}
                self.add(
                    "plane", "label_information", share * self.entropy, 0.07, **where, **self._constant(layer, role)
                )
                self.add("plane", "probe_accuracy", chance + share * (1 - chance) * 0.93, 0.033, **where, **shares)
                kept = (
                    8.4 * math.exp(-1.1 * layer / self.layers) if role == "content" else 3.6 * self.share(layer, "last")
                )
                self.add(
                    "plane", "input_information", kept, 0.22, **where, ceiling=None,
                    estimator="gaussian(noise=0.1,rank=16)",
                    flags=["gaussian_usable", *self._constant(layer, role).get("flags", [])],
                )  # fmt: skip
            late = max(0.0, layer / self.layers - 0.5) * 2
            where = {"layer": layer, "site": "residual", "role": "last"}
            self.add(
                "plane",
                "lens_accuracy",
                chance + 0.44 * late**2,
                0.03,
                **where,
                **shares | {"flags": ["shared_first_token"]},
            )
            if layer:
                for count, part in ((1, 0.34), (2, 0.5), (5, 0.77), (len(self.labels), 0.96)):
                    value = self.share(layer, "last") * self.entropy * part
                    self.add("plane", "space_information", value, 0.06, **where, method=f"d_k={count}")
        best = max(range(self.layers + 1), key=lambda layer: self.share(layer, "last"))
        where = {"layer": best, "site": "residual", "role": "last", "split": "tune"}
        self.add(
            "best_layer",
            "best_layer_information",
            self.share(best, "last") * self.entropy - 0.05,
            0.08,
            **where,
            flags=["fresh_split"],
        )
        self.add(
            "best_layer",
            "best_layer_accuracy",
            chance + self.share(best, "last") * 0.85,
            0.035,
            **where,
            **shares | {"flags": ["fresh_split"]},
        )
        return self

    @staticmethod
    def _constant(layer: int, role: str) -> dict[str, Any]:
        return {"flags": ["not_above_null", "constant_state"]} if layer == 0 and role == "last" else {}

    def decoding(self, *, without: tuple[int, ...] = ()) -> "MadeRun":
        """Every row by decoding step; the steps `without` have too few answers left to be measured."""
        count = {
            "units": "count",
            "null_mean": None,
            "null_high": None,
            "ceiling": None,
            "kind": "estimate",
            "low": None,
            "high": None,
        }
        self.add(
            "steps",
            "answer_accuracy",
            0.40,
            0.034,
            units="fraction",
            kind="estimate",
            null_mean=0.07,
            null_high=0.09,
            ceiling=1.0,
            method="greedy_answer",
        )
        running = [round(self.n * share) for share in np.clip(np.exp(-0.8 * np.arange(-1, self.steps - 1)), 0, 1)]
        for step in range(1, self.steps + 1):
            n = running[step - 1]
            self.add("steps", "answers_running", float(n), 0.0, step=step, role="step", **count)
            if step not in without:
                self._step(step, n)
        for role, after, share in (("label", 1, 0.96), ("label_rest", 2, 0.38), ("end", 3, 0.94), ("other", 4, 0.05)):
            self.add("steps", "answers_running", round(self.n * share), 0.0, role=role, **count)
            for layer in range(self.layers + 1):
                value = self._said(layer, after) * self.entropy
                self.add("steps", "label_information", value, 0.08, layer=layer, site="residual", role=role)
        return self

    def _said(self, layer: int, step: int) -> float:
        own = self.share(layer, "last")
        return own if step == 1 else (0.52 + 0.2 * own) * 0.86 ** (step - 2)

    def _step(self, step: int, n: int) -> None:
        flags = ["few_running"] if n < 30 else []
        ceiling = self.entropy * (1 - 0.04 * (step - 1))
        for layer in range(self.layers + 1):
            where = {"layer": layer, "site": "residual", "step": step, "role": "step", "n": n, "ceiling": ceiling}
            own, said = self.share(layer, "last"), self._said(layer, step)
            half = 0.07 + 0.02 * step
            beyond = 0.3 * own * 0.5 ** (step - 1) - 0.02
            low = ["not_above_null"] if beyond * self.entropy < 0.04 else []
            self.add("steps", "label_information", said * ceiling, half, **where, flags=flags)
            self.add(
                "steps",
                "conditional_label_information",
                beyond * self.entropy,
                half,
                **where,
                flags=[*flags, *low, "difference_of_bounds"],
            )
            self.add(
                "steps",
                "input_information",
                3.3 * own * 0.8 ** (step - 1) + 0.2,
                0.2,
                **where | {"ceiling": None},
                flags=[*flags, "gaussian_usable"],
            )
            self.add(
                "steps", "probe_accuracy", 0.07 + 0.8 * said, 0.04, **where | {"ceiling": 1.0},
                units="fraction", kind="estimate",
                null_mean=0.07, null_high=0.1, flags=flags,
            )  # fmt: skip

    def space(self) -> "MadeRun":
        """Sign rate, agreement and size of every direction."""
        for layer in range(1, self.layers + 1):
            depth = layer / self.layers
            for label in self.labels:
                where = {"layer": layer, "site": "residual", "label": label, "split": "direction", "n": 30}
                rate = min(1.0, 0.62 + 0.36 * depth + float(self.rng.normal(0, 0.05)))
                self.add(
                    "space", "sign_rate", rate, 0.05, **where, units="fraction", kind="estimate",
                    null_mean=0.5, null_high=0.63, ceiling=1.0,
                    flags=["weak_direction"] if rate < 0.75 else [],
                )  # fmt: skip
                self.add(
                    "space",
                    "agreement",
                    0.55 + 0.4 * depth,
                    0.05,
                    **where,
                    units="score",
                    kind="estimate",
                    null_mean=0.0,
                    null_high=0.2,
                    ceiling=1.0,
                )
                self.add(
                    "space",
                    "size",
                    0.4 * math.exp(1.8 * depth),
                    0.1,
                    **where,
                    units="score",
                    null_mean=None,
                    null_high=None,
                    ceiling=None,
                    flags=["no_null"],
                )
        return self

    def paper(self) -> "MadeRun":
        """The published recipe and its leak."""
        for layer in range(1, self.layers + 1):
            for count in (1, len(self.labels)):
                where = {
                    "layer": layer,
                    "site": "residual",
                    "role": "content",
                    "method": f"d_k={count}",
                    "kind": "estimate",
                }
                leak = self.entropy * (0.97 if count == 1 else 0.7)
                self.add(
                    "paper",
                    "paper_label_information",
                    leak * 1.01,
                    0.03,
                    **where,
                    flags=["leaky_recipe", "no_null"],
                    null_mean=None,
                    null_high=None,
                )
                self.add(
                    "paper",
                    "paper_input_information",
                    2.2 - layer / self.layers,
                    0.1,
                    **where,
                    flags=["leaky_recipe", "no_null"],
                    null_mean=None,
                    null_high=None,
                    ceiling=None,
                )
                self.add("paper", "paper_leak", leak, 0.03, **where, flags=["no_null"], null_mean=None, null_high=None)
        return self

    def write(self, folder: Path, *, space: bool = True, steps: bool = True) -> Path:
        """The run directory at `folder`."""
        (folder / "artifacts").mkdir(parents=True)
        (folder / "run.json").write_text(json.dumps(self._about()), encoding="utf-8")
        (folder / "ledger.jsonl").write_text("".join(json.dumps(row) + "\n" for row in self.rows), encoding="utf-8")
        (folder / "artifacts" / "saved.json").write_text(json.dumps(self._read()), encoding="utf-8")
        if space:
            (folder / "artifacts" / "space.json").write_text(json.dumps(self._space_summary()), encoding="utf-8")
        if steps:
            (folder / "artifacts" / "steps.json").write_text(json.dumps(self._tokens()), encoding="utf-8")
        return folder

    def _about(self) -> dict[str, Any]:
        return {
            "created": "2026-11-20T14:03:11+00:00",
            "finished": "2026-11-20T14:05:40+00:00",
            "config": {
                "model": self.name, "model_fingerprint": "5f0c2a9be1d47c33" * 4, "task": "embedded",
                "task_fingerprint": "a81be07719c5d2e0" * 4, "space": None, "measures": ["space", "plane", "steps"],
                "layers": list(range(self.layers + 1)), "max_examples": 1000, "permutations": 100, "mode": "sound",
                "seed": 0,
            },
            "versions": {"infoplane": "0.1.0", "python": "3.11.2", "torch": "2.13.0", "transformers": "5.23.0"},
            "facts": {
                "excluded": {"empty text": 3, "label with fewer than 5 examples": 12},
                "truncated": {"measure": 12, "tune": 0}, "seconds": 148.6,
                "notes": ["The labels of the official test part are hidden."],
                "command": "infoplane measure --model embedded --task embedded --out runs/demo",
            },
        }  # fmt: skip

    def _read(self) -> dict[str, Any]:
        counts = {"measure": self.n, "tune": self.n // 2}
        return {
            "model": self.name, "kind": "decoder", "width": 96, "blocks": self.layers, "task": "embedded",
            "aspect": "emotion", "labels": self.labels, "layers": list(range(self.layers + 1)),
            "splits": {name: {"labels": [0] * n, "groups": list(range(n))} for name, n in counts.items()},
        }  # fmt: skip

    def _space_summary(self) -> dict[str, Any]:
        k = len(self.labels)
        angle = np.arange(k) / k * PERIOD
        centres = np.stack([np.cos(angle), 0.6 * np.sin(angle), 0.4 * np.cos(2 * angle)], axis=1)
        rows = np.concatenate([centres, self.rng.normal(0, 0.18, (k, 21))], axis=1)
        raw = rows + 1.1 / math.sqrt(24)
        centred = rows - rows.mean(axis=0)
        left, scale, _ = np.linalg.svd(centred, full_matrices=False)
        coordinates = np.zeros((k, 3))
        kept = min(3, len(scale))
        coordinates[:, :kept] = (left * scale)[:, :kept]
        return {
            "labels": self.labels, "layers": list(range(1, self.layers + 1)), "layer": round(self.layers * 0.67),
            "similarity": _cosines(centred).tolist(), "similarity_raw": _cosines(raw).tolist(),
            "coordinates": coordinates.tolist(), "explained": (scale[:3] ** 2 / (scale**2).sum()).tolist(),
        }  # fmt: skip

    def _tokens(self) -> dict[str, Any]:
        tokens = [[" joy", 0.16], ["ful", 0.31], ["\n", 0.72], ["Dialogue", 0.4], [":", 0.9]]
        examples = [
            {
                "text": "I finally got the letter and could not stop smiling.",
                "label": self.labels[0],
                "answer": f" {self.labels[0]}",
            },
            {
                "text": "They left without a word <b>again</b>.",
                "label": self.labels[-1],
                "answer": f" {self.labels[1]}\n",
            },
        ]
        return {"tokens": [tokens[step % 5] for step in range(self.steps)], "examples": examples}


def _cosines(rows: np.ndarray) -> np.ndarray:
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return unit @ unit.T


def small_run(folder: Path, **about: Any) -> Path:
    """Fourteen labels, six blocks, five steps, everything measured."""
    return MadeRun(list(EMOTIONS), 6, 5, **about).plane().decoding().space().write(folder)


def large_run(folder: Path) -> Path:
    """Thirty-two labels, thirty-three blocks, a step that was not measured, the published recipe beside."""
    run = MadeRun(list(TOPICS), 33, 5, seed=1, name="made-up/large-8b")
    return run.plane().decoding(without=(4,)).space().paper().write(folder)


def wild_run(folder: Path) -> Path:
    """As many and as long names as a page must bear, with mark-up in them: 100 labels, 80 blocks, 12 steps."""
    labels = [f"a rather long name of a label {at} <script>alert({at})</script>" for at in range(100)]
    run = MadeRun(labels, 80, 12, seed=3, name="org/<b>very-long</b>-model-name-70b-instruct-v2.1")
    return run.plane().decoding(without=(3, 7)).space().write(folder)


@pytest.fixture(scope="session")
def made() -> type[MadeRun]:
    """The class that makes runs up."""
    return MadeRun


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_run(tmp_path_factory.mktemp("small") / "run")


@pytest.fixture(scope="session")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same task on another model that holds more."""
    return small_run(tmp_path_factory.mktemp("tuned") / "run", lift=0.1, seed=5, name="embedded-tuned")


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return large_run(tmp_path_factory.mktemp("large") / "run")


@pytest.fixture(scope="session")
def wild(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wild_run(tmp_path_factory.mktemp("wild") / "run")


@pytest.fixture(scope="session")
def two_labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = MadeRun(["yes", "no"], 2, 2, seed=3)
    return run.plane().decoding().space().write(tmp_path_factory.mktemp("two") / "run")
