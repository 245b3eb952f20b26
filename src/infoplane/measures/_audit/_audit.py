"""The audit of an embedding: which private parts of a text can at least be read back from it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infoplane._errors import InputError, one_line
from infoplane.measures._audit._asked import ask
from infoplane.measures._audit._attack import Attack
from infoplane.measures._audit._numbers import CERTIFIED, RECOVERY, Certifying, rows_of, rows_of_guesses
from infoplane.measures._audit._shown import keep_shown
from infoplane.measures._audit._spans import Pattern, find_spans
from infoplane.measures._numbers import Progress, Row, Unit, checked_delta, write_units
from infoplane.measures._recovery._states import OWN, POOLINGS, check_poolings
from infoplane.models import Layer, Select
from infoplane.runs import Run
from infoplane.tasks import Texts

if TYPE_CHECKING:
    from infoplane.models import LanguageModel

MEASURE = "audit"


def audit(
    lm: "LanguageModel",
    texts: Texts,
    *,
    out: str | Path,
    kinds: Sequence[str] | None = None,
    patterns: Mapping[str, Pattern] | None = None,
    layers: str | Iterable[int] = "final",
    poolings: Sequence[str] = ("mean",),
    delta: float = 0.05,
    show_values: bool = False,
    seed: int = 0,
    command: str | None = None,
    progress: Progress | None = None,
) -> Run:
    """Which e-mail addresses, phone numbers, dates, numbers and names of `texts` their embeddings give away, certified.

    An embedding is a pooled state of `lm`, as people store it. The attacker is a decoder trained on the train texts and
    their embeddings, stopped on tune: on test it writes the span of a kind from the embedding alone, also one it has
    never seen (`span_recovery`, `span_characters`), and picks the true value among up to 50 (`span_identification`) by
    log q0 + b (log q - log q0), q0 without the embedding, b >= 0 of the least log-loss on tune. Beside each stand the
    same without the embedding and with another text's. `certified_...` are lower bounds of what this attacker reads of
    such texts (Clopper and Pearson), all true at once with probability 1 - `delta`: they prove that at least so much
    can be read back, never that at most so much can. All are fractions of test spans, one of a kind a document.

    kinds        email, date, phone, number, name, and names of `patterns`: all without it
    patterns     kinds of your own: name -> a regular expression, or the values to look for
    layers       of the embedding, as in `Select`; "final" is what follows the last norm      poolings  mean, last, cls
    show_values  examples of `artifacts/spans.json` are not masked

    A run that was stopped continues with the same call. Raises InputError for kinds, patterns, layers, poolings and
    probabilities there are not and for texts with too few spans, RunError for a directory of another configuration.
    """
    asked = ask(texts, find_spans(texts.texts, kinds, patterns), seed)
    chosen, names = Select(layers=layers).resolve_layers(lm.layers), _poolings(lm, poolings)
    family = len(CERTIFIED) * len(asked.kinds) * len(chosen) * len(names)
    work = _Work(Attack(asked, seed), chosen, names, Certifying(checked_delta(delta), family), show_values)
    config = {
        "model": lm.name,
        "model_fingerprint": lm.fingerprint,
        "task": texts.name,
        "texts_fingerprint": texts.fingerprint,
        "measures": [MEASURE],
        "kinds": None if kinds is None else list(kinds),
        "patterns": {name: _kept(one) for name, one in (patterns or {}).items()},
        "layers": list(chosen),
        "poolings": list(names),
        "delta": delta,
        "show_values": show_values,
        "seed": seed,
    }
    common = {"measure": MEASURE, "model": lm.name, "task": texts.name, "split": "test", "seed": seed}
    told = progress or (lambda *_: None)
    with Run.open(out, config) as run:
        if not run.finished:
            with run.timed():
                run.note(excluded=dict(texts.excluded) | dict(asked.excluded), spans=asked.counts, command=command)
                _read(lm, [texts.texts[row] for row in asked.rows], run, chosen, names, told)
                told("guessing without states", 0, 0)
                _ = work.attack.guessed  # before units that need it run side by side
                write_units(work.units(run), run.ledger, common, partial(told, "reading spans back"))
                run.finish()
        return run


@dataclass(frozen=True)
class _Work:
    """An attack on the states of some layers, and how it is told."""

    attack: Attack
    layers: tuple[Layer, ...]
    poolings: tuple[str, ...]
    certifying: Certifying
    show_values: bool

    def units(self, run: Run) -> list[Unit]:
        """The guesses, then every pooling and layer; the last one's spans are shown."""
        last = {"label": self.attack.asked.kinds[-1]}
        places = [(pooling, at) for pooling in self.poolings for at in range(len(self.layers))]
        units = [Unit(last | {"quantity": RECOVERY, "method": "without"}, self._guessed)]
        for pooling, at in places:
            where = {"layer": self.layers[at], "role": pooling, "site": "residual"}
            rows = partial(self._read, run, pooling, at, where, shown=(pooling, at) == places[-1])
            units.append(Unit(last | {"quantity": f"certified_{CERTIFIED[-1]}", **where}, rows))
        return units

    def _guessed(self) -> list[Row]:
        return rows_of_guesses(self.attack.guessed, self.attack.seed)

    def _read(self, run: Run, pooling: str, at: int, where: dict[str, Any], *, shown: bool) -> list[Row]:
        asked, guessed = self.attack.asked, self.attack.guessed
        found = self.attack.read(run.states.load(pooling, at))
        if shown:
            keep_shown(run.artifacts, asked, found, guessed, where, show_values=self.show_values)
        rows = rows_of(found, guessed, self.certifying, self.attack.seed)
        return [(where | own, one) for own, one in rows]


def _read(
    lm: "LanguageModel",
    texts: Sequence[str],
    run: Run,
    layers: tuple[Layer, ...],
    poolings: tuple[str, ...],
    told: Progress,
) -> None:
    """Read the embeddings that are not in the store yet."""
    selects = {
        name: Select(layers=layers, tokens=tokens, reduce=reduce)
        for name, (tokens, reduce) in POOLINGS.items()
        if name in poolings
    }
    states = lm.read(texts, selects, store=run.states, progress=partial(told, "reading texts"))
    run.note(truncated={"all": states[poolings[0]].truncated})


def _kept(pattern: Pattern) -> str:
    """What a run keeps of a pattern: of listed values, which are private, no more than tells them from others."""
    return pattern if isinstance(pattern, str) else f"sha256:{sha256(repr(sorted(pattern)).encode()).hexdigest()}"


def _poolings(lm: "LanguageModel", poolings: Sequence[str]) -> tuple[str, ...]:
    """The poolings to read; InputError for one that is no state of a whole text."""
    if OWN in poolings:
        raise InputError(one_line(f"pooling {OWN}", "mean, last or cls: one state a text", "leave it out"))
    return check_poolings(lm, poolings)
