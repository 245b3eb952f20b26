"""The one tuner of steered methods: ways of steering tried on the tune split, stage after stage, at several strengths.

A way says everything but its strength. Its strengths are multiples of the one that costs 0.1 nat on this very task, so
that one short list serves every model, band and kind of direction. The best way of a stage is where the next begins.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from infoplane._errors import InputError, one_line
from infoplane.methods._method import Choices
from infoplane.models import Select

if TYPE_CHECKING:
    from infoplane.methods._setting import Setting
    from infoplane.models import Plan

# (way, coefficient) -> the plan of the tune split's prompts.
Planned = "Callable[[Choices, float], Plan]"
Way = dict[str, Any]

_REFERENCE = 0.1
_STRENGTHS = (0.5, 1.4, 4.0)
_NEAR = (0.6, 1.7)
_DOSED_ON = 64


class Tuner:
    """Tries plans for the tune split of `setting`; `tried` lists every way and strength with what came of it."""

    def __init__(self, setting: "Setting", make_plan: "Callable[[Choices, float], Plan]", select: Select) -> None:
        from infoplane.models import Rehearsal

        self.setting, self.make_plan, self.tried = setting, make_plan, list[Way]()
        self._labels, prompts = setting.tune.labels, setting.prompts(setting.tune)
        self._few = np.arange(min(_DOSED_ON, len(prompts)))
        self._rehearsal = Rehearsal(setting.lm, prompts, setting.task.answers, select=select)
        self._dosed = Rehearsal(setting.lm, [prompts[row] for row in self._few], setting.task.answers, select=select)

    def stages(self, start: Way, stages: Sequence[Iterable[Way]]) -> Way:
        """The best of all that was tried: every stage lists what to change of the best way found so far.

        `start` is tried first; strengths near the best one are tried last.
        """
        self._try(start)
        for stage in stages:
            before = {name: self.best[name] for name in start}
            for way in ({**before, **changes} for changes in stage):
                if not self._known(way):
                    self._try(way)
        best = self.best
        for factor in _NEAR:
            self._measure({name: best[name] for name in start}, factor * best["coefficient"])
        return self.best

    @property
    def best(self) -> Way:
        """The most accurate so far; of equals, the one that spends least."""
        return max(self.tried, key=lambda one: (one["accuracy"], -one["dose"]))

    def coefficient(self, way: Way, dose: float) -> float:
        """The strength at which `way` costs `dose` nats; InputError where it never does."""
        from infoplane.spaces import find_dose

        return find_dose(
            self._dosed, lambda strength: self.make_plan(way, strength).take(self._few), dose, tolerance=1e-2
        ).coefficient

    def _try(self, way: Way) -> None:
        try:
            reference = self.coefficient(way, _REFERENCE)
        except InputError as unreachable:
            self.tried.append(
                {**way, "coefficient": 0.0, "dose": 0.0, "accuracy": self._plain, "why": str(unreachable)}
            )
            return
        for factor in _STRENGTHS:
            self._measure(way, factor * reference)

    def _measure(self, way: Way, coefficient: float) -> None:
        effects = self._rehearsal.under(self.make_plan(way, coefficient))
        accuracy = float((effects.scores.argmax(axis=1) == self._labels).mean())
        dose = float(effects.divergence.mean())
        self.tried.append({**way, "coefficient": coefficient, "dose": dose, "accuracy": accuracy})
        self.setting.told("tuning", len(self.tried), 0)

    def _known(self, way: Way) -> bool:
        return any(all(one[name] == value for name, value in way.items()) for one in self.tried)

    @property
    def _plain(self) -> float:
        return float((self._rehearsal.plain.scores.argmax(axis=1) == self._labels).mean())


def bands(layers: int) -> list[str]:
    """Contiguous bands worth trying, as `Select` writes them: middle and upper third, last two, last (A18)."""
    third, two_thirds = -(-layers // 3), max(2 * layers // 3, 1)
    ends = [(third, two_thirds), (two_thirds, layers), (layers - 1, layers)]
    ends.append((layers, layers))
    return list(dict.fromkeys(f"{max(a, 1)}-{b}" if max(a, 1) < b else str(b) for a, b in ends))


def require_tunable(setting: "Setting") -> None:
    """InputError for a tune split without examples to choose on."""
    if not len(setting.tune):
        raise InputError(one_line("a tune split without examples", "some to choose on", "give the task more examples"))
