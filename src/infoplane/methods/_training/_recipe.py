"""How a network is trained, apart from what it is trained for."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from infoplane._errors import InputError, one_line

Head = Literal["auto", "class", "labels"]
Features = Literal["pooled", "first", "mean"]

_WORDS = {
    "head": ("auto", "class", "labels"),
    "features": ("pooled", "first", "mean"),
    "precision": ("no", "bf16"),
}
_COUNTS = ("epochs", "batch_size", "max_length", "accumulate")
_COUNTS_OR_NONE = ("lora", "patience", "max_steps")
_SHARES = ("weight_decay", "language_weight", "clip")
_SMALL_RATE, _RATE = 5e-4, 3e-5


@dataclass(frozen=True)
class Recipe:
    """AdamW with linear warm-up and linear decay; every choice the same for every objective (defaults: B7).

    batch_size       examples of a step, over all processes; `accumulate` parts are run one after the other
    learning_rate    "auto": 3e-5, and 5e-4 for a network of under 50 million parameters
    warmup           share of the steps   clip: longest gradient, 0 for none
    max_length       tokens of an example
    head             "class": a linear map to the classes; "labels": a decoder says the label; "auto": as the model can
    features         what the last linear map reads, for objectives on it: "pooled" as the network has it, or the final
                     state of the "first" token (of a decoder: the last), or the "mean" over the content
    lora             rank of adapters on all linear maps of the blocks; None trains every weight
    patience         epochs without a better one before training stops
    language_weight  gamma of the CMI paper's eq. 6: of the language-modelling loss of the prompt's own tokens
    max_steps        steps after which training stops, whatever `epochs` says
    precision        "bf16": forward passes in bfloat16, weights in float32

    Raises InputError for values outside these.
    """

    epochs: int = 5
    batch_size: int = 32
    learning_rate: float | Literal["auto"] = "auto"
    warmup: float = 0.06
    weight_decay: float = 0.01
    clip: float = 1.0
    max_length: int = 128
    accumulate: int = 1
    head: Head = "auto"
    features: Features = "pooled"
    lora: int | None = None
    patience: int | None = None
    language_weight: float = 0.0
    max_steps: int | None = None
    precision: Literal["no", "bf16"] = "no"

    def __post_init__(self) -> None:
        for name, words in _WORDS.items():
            _require(name, getattr(self, name), getattr(self, name) in words, f"one of {', '.join(words)}")
        for name in (*_COUNTS, *_COUNTS_OR_NONE):
            value = getattr(self, name)
            _require(name, value, _counts(value) or (value is None and name in _COUNTS_OR_NONE), "a number from 1")
        for name in _SHARES:
            _require(name, getattr(self, name), _finite(getattr(self, name)), "0 or more")
        _require("warmup", self.warmup, _finite(self.warmup) and self.warmup < 1, "a share from 0 to under 1")
        rate = self.learning_rate
        _require(
            "learning_rate", rate, rate == "auto" or (_finite(rate) and float(rate) > 0), '"auto" or a number above 0'
        )
        came = f"{self.accumulate} parts"
        _require("accumulate", came, self.accumulate <= self.batch_size, f"at most batch_size {self.batch_size}")

    def rate(self, *, small: bool) -> float:
        """The highest learning rate; `small`: of a network of under 50 million parameters."""
        return float(self.learning_rate) if self.learning_rate != "auto" else _SMALL_RATE if small else _RATE

    def factor(self, step: int, steps: int) -> float:
        """The share of the highest learning rate at `step` of `steps`."""
        warm = round(self.warmup * steps)
        return (step + 1) / (warm + 1) if step < warm else (steps - step) / max(1, steps - warm)

    def as_dict(self) -> dict[str, Any]:
        """What run.json keeps."""
        return asdict(self)


def _counts(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")


def _require(name: str, value: Any, holds: bool, expected: str) -> None:
    if not holds:
        raise InputError(one_line(f"{name} {value!r}", expected, "give another"))
