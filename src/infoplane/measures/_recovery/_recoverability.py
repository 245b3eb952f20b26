"""How much of a text can be read back from the states of every layer: a run of its own, from texts without labels."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane.measures._numbers import Progress, Row, checked_delta
from infoplane.measures._recovery._asking import Asking
from infoplane.measures._recovery._controls import check_controls, relabelled, untrained
from infoplane.measures._recovery._rows import Told, bounds_of
from infoplane.measures._recovery._saying import Heard, Saying
from infoplane.measures._recovery._states import OWN, TextStates, check_poolings
from infoplane.models import Layer, Select
from infoplane.runs import Run
from infoplane.tasks import Texts, TokenTarget, word_classes

if TYPE_CHECKING:
    from infoplane.measures._recovery._codelength import Codelength
    from infoplane.measures._recovery._decoder_reader import Family
    from infoplane.measures._recovery._decoders import Said
    from infoplane.models import LanguageModel

MEASURE = "recoverability"
FAMILIES = ("linear", "mlp")
_DRAWS = 20
_BOUNDS = 2  # certificates of each layer and pooling


def recoverability(
    lm: "LanguageModel",
    texts: Texts,
    *,
    out: str | Path,
    layers: str | Iterable[int] = "all",
    poolings: Sequence[str] | None = None,
    decoder: str = "linear",
    width: int | None = None,
    target_size: int = 8000,
    per_text: int = 8,
    controls: Sequence[str] = (),
    tagger: Any = None,
    codelength: bool = False,
    delta: float = 0.05,
    seed: int = 0,
    command: str | None = None,
    progress: Progress | None = None,
) -> Run:
    """What of `texts` can be read back from the states of `lm`: the finished run in the directory `out`.

    A decoder of each layer learns from the train texts which word stands at which place, is stopped and calibrated on
    tune, and is told on test: accuracy, the lower bounds of I(T;E|place) of Barber and Agakov and of Fano, usable
    information beside the place alone, and certificates that all hold at once with probability 1 - `delta`. Information
    is in nats a word, and a byte.

    poolings     what stands for a text: "mean" and "last" of its tokens, "cls", or "own", the state of the word itself;
                 None: "mean" and that which the model's family uses
    decoder      "linear" or "mlp"      width  to which states are reduced: the same for models that are compared
    target_size  types: the most frequent words of the train texts and OTHER      per_text  words asked of each text
    controls     "untrained": a network with random weights; "relabelled": words named at random
    tagger       of parts of speech, see `word_classes`      codelength  also what a state saves behind the words before

    A run that was stopped continues with the same call. Raises InputError for names there are not, RunError for a
    directory of another configuration. Source: after Wang, Ding and Zou 2025, arXiv 2505.23790.
    """
    _check_documents(texts)
    asking = Asking(texts, TokenTarget.fit(texts.of("train"), target_size), per_text, seed)
    work = _Work(
        lm=lm,
        asking=asking,
        layers=Select(layers=layers).resolve_layers(lm.layers),
        poolings=check_poolings(lm, poolings),
        family=_family(decoder),
        width=_checked_width(lm, width),
        controls=check_controls(controls),
        tagger=tagger,
        codelength=codelength,
        delta=checked_delta(delta),
        told=progress or (lambda *_: None),
    )
    facts, _ = work.facts, work.classes  # a tagger there is not is said before anything is read
    with Run.open(out, work.config | {"target_size": target_size}) as run:
        if not run.finished:
            with run.timed():
                run.note(excluded=dict(texts.excluded), command=command, **facts)
                work.write(run)
                run.finish()
        return run


def _checked_width(lm: "LanguageModel", width: int | None) -> int | None:
    if width is not None and not 1 <= width <= lm.width:
        came = f"width {width} for states of width {lm.width}"
        raise InputError(one_line(came, f"from 1 to {lm.width}", "take the width of the narrowest model"))
    return width


def _check_documents(texts: Texts) -> None:
    if len(np.unique(texts.documents[texts.rows["test"]])) < 2:
        came = f"{texts.name} with one document in test"
        raise InputError(one_line(came, "at least two, for an interval", "give more texts, or another seed"))


@dataclass(frozen=True, eq=False, kw_only=True)
class _Work:
    """What is asked of which states, and the rows that answer it."""

    lm: "LanguageModel"
    asking: Asking
    layers: tuple[Layer, ...]
    poolings: tuple[str, ...]
    family: "Family"
    width: int | None
    controls: tuple[str, ...]
    tagger: Any
    codelength: bool
    delta: float
    told: Progress

    @property
    def config(self) -> dict[str, Any]:
        """What decides the numbers."""
        named = self.tagger is None or isinstance(self.tagger, str)
        return {
            "model": self.lm.name,
            "model_fingerprint": self.lm.fingerprint,
            "task": self.asking.texts.name,
            "texts_fingerprint": self.asking.texts.fingerprint,
            "measures": [MEASURE],
            "layers": list(self.layers),
            "poolings": list(self.poolings),
            "decoder": self.family,
            "width": self.width,
            "per_text": self.asking.per_text,
            "controls": list(self.controls),
            "tagger": self.tagger if named else type(self.tagger).__name__,
            "codelength": self.codelength,
            "delta": self.delta,
            "seed": self.asking.seed,
        }

    @property
    def facts(self) -> dict[str, Any]:
        """What was found in the texts and the model."""
        texts, counts = self.asking.texts, self.asking.target.counts
        return {
            "kind": self.lm.kind,
            "blocks": self.lm.layers,
            "texts": {split: len(rows) for split, rows in texts.rows.items()},
            "slots": {split: len(rows) for split, rows in self.asking.own.items()},
            "types": self.asking.target.types,
            "other_share": float(counts[0] / counts.sum()),
        }

    def write(self, run: Run) -> None:
        """Read the states, fit the decoders, and write the rows of every pooling."""
        saying = Saying(self.asking, run.states, self.family, self.width, _DRAWS)
        saying.keep_asked()
        trained = self._states(run, self.lm, "")
        trained.read(self.poolings)
        known = bounds_of(saying.floor(), self.asking)
        self._append(run, [({"quantity": quantity}, one) for quantity, one in known.items()], method="position")
        for pooling in self.poolings:
            for method, rows in self._of_pooling(run, saying, trained, pooling):
                self._append(run, rows, role=pooling, method=method)

    def _of_pooling(
        self, run: Run, saying: Saying, states: TextStates, pooling: str
    ) -> Iterator[tuple[str, Iterable[Row]]]:
        """The rows of a pooling by what was done to words or network, "state" for nothing."""
        floor = saying.floor()
        told = self._numbers(self._heard(saying, states, pooling), floor)
        rows = list(told.of_layers())
        entropy = next(one.value for where, one in rows if where["quantity"] == "text_entropy")
        yield "state", [*rows, *told.of_classes(self.classes), *told.curve(entropy), *told.texts()]
        if "mean" in self.poolings and self.layers[0] == 0:
            yield "state", told.gains(saying.of("mean.0", partial(states.layer, "mean", 0), "mean").said)
        if "relabelled" in self.controls:
            names = relabelled(self.asking.target, self.asking.seed)
            yield "relabelled", told.of_relabelled(self._heard(saying, states, pooling, "relabelled.", names))
        if "untrained" in self.controls:
            random = self._states(run, untrained(self.lm, self.asking.seed), "untrained.")
            random.read([pooling])
            yield "untrained", self._numbers(self._heard(saying, random, pooling, "untrained."), floor).of_layers()
        if self.codelength and pooling != OWN:
            saved = self._code.saved(states.layer(pooling, told.chosen))
            yield "state", [({"quantity": "codelength_saved", "layer": self.layers[told.chosen]}, saved)]

    def _heard(
        self, saying: Saying, states: TextStates, pooling: str, key: str = "", names: NDArray[np.int64] | None = None
    ) -> list[Heard]:
        """What the decoder of every layer says."""
        heard = []
        for at, layer in enumerate(self.layers):
            heard.append(saying.of(f"{key}{pooling}.{layer}", partial(states.layer, pooling, at), pooling, names))
            self.told(f"reading {key.removesuffix('.')} {pooling} back".replace("  ", " "), at + 1, len(self.layers))
        return heard

    def _numbers(self, heard: list[Heard], floor: "Said") -> Told:
        networks = 1 + ("untrained" in self.controls)
        family = _BOUNDS * len(self.layers) * len(self.poolings) * networks
        return Told(self.asking, self.layers, heard, floor, family, 1 - self.delta)

    def _states(self, run: Run, lm: "LanguageModel", key: str) -> TextStates:
        return TextStates(lm, self.asking.texts.texts, self.asking.asked, self.layers, run.states, self.told, key)

    def _append(self, run: Run, rows: Iterable[Row], **coordinates: Any) -> None:
        common: dict[str, Any] = {
            "measure": MEASURE,
            "model": self.lm.name,
            "task": self.asking.texts.name,
            "split": "test",
        }
        common |= {"site": "residual", "seed": self.asking.seed} | coordinates
        run.ledger.append([{**common, **where, **one.as_dict()} for where, one in rows])

    @cached_property
    def classes(self) -> Any:
        """Which words of the test texts are of which group."""
        asked = self.asking.asked.take(self.asking.own["test"])
        return word_classes(self.asking.texts.texts, asked, self.tagger)

    @cached_property
    def _code(self) -> "Codelength":
        from infoplane.measures._recovery._codelength import Codelength

        asking = self.asking
        return Codelength(asking.every, asking.texts.rows, asking.texts.documents, asking.target.types, asking.seed)


def _family(name: str) -> "Family":
    if name not in FAMILIES:
        raise InputError(one_line(f"decoder {name!r}", f"one of {', '.join(FAMILIES)}", "use one of these"))
    return cast("Family", name)
