"""How configurations are found: all of a grid, or some between its ends, by what came of those before."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, get_args

from infoplane._errors import InputError, one_line
from infoplane.methods._sweep._arm import Arm, Configuration, Value, configurations, said_of

if TYPE_CHECKING:
    from optuna import Trial
    from optuna.samplers import BaseSampler

Search = Literal["grid", "tpe"]
SEED = "seed"

_STARTUP = 5
_DECADE = 10


def check_search(search: str, trials: int) -> None:
    """InputError for a search there is not and for no trials."""
    if search not in get_args(Search):
        raise InputError(one_line(f"search {search!r}", f"one of {', '.join(get_args(Search))}", "use one of these"))
    if trials < 1:
        raise InputError(one_line(f"{trials} trials", "at least 1", "ask for more"))


def slots(arm: Arm, search: Search, trials: int) -> dict[str, dict[str, Value]]:
    """The places of an arm's queue by name, with what is fixed there.

    Of a grid every configuration with every seed, all configurations with the first seed first; otherwise `trials`
    places of which nothing is fixed.
    """
    if search == "tpe" and arm.grid:
        return {f"trial {number}": {} for number in range(trials)}
    return {
        f"{said_of(configuration)}, seed={seed}": {**configuration, SEED: seed}
        for seed in arm.seeds
        for configuration in configurations(arm.grid)
    }


def asked(arm: Arm, search: Search, trial: "Trial") -> tuple[Configuration, tuple[int, ...]]:
    """The configuration of `trial` and the seeds to run it with."""
    if search == "tpe" and arm.grid:
        return {name: _between(trial, name, values) for name, values in arm.grid.items()}, arm.seeds
    configuration = {name: trial.suggest_categorical(name, values) for name, values in arm.grid.items()}
    return configuration, (trial.suggest_categorical(SEED, arm.seeds),)


def sampler(search: Search, slot: str, seed: int) -> "BaseSampler":
    """What suggests the values at `slot`: the same for the same trials before it, in whichever process."""
    from optuna.samplers import RandomSampler, TPESampler

    drawn = int.from_bytes(hashlib.sha256(f"{seed} {slot}".encode()).digest()[:4])
    if search == "grid":
        return RandomSampler(drawn)
    return TPESampler(n_startup_trials=_STARTUP, constant_liar=True, seed=drawn)


def values_of(params: Mapping[str, Value]) -> dict[str, Value]:
    """The configuration in the parameters of a trial."""
    return {name: value for name, value in params.items() if name != SEED}


def _between(trial: "Trial", name: str, values: Sequence[Value]) -> Value:
    """A value between the ends of `values`, by the logarithm over a decade or more; of words, one of them."""
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    low, high = min(numbers, default=0), max(numbers, default=0)
    log = low > 0 and high >= _DECADE * low
    if len(numbers) < len(values) or low == high:
        found: Value = trial.suggest_categorical(name, values)
    elif isinstance(low, int) and isinstance(high, int):
        found = trial.suggest_int(name, low, high, log=log)
    else:
        found = trial.suggest_float(name, low, high, log=log)
    return found
