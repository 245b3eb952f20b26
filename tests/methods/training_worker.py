"""Fine-tunes a tiny network in processes of their own, for tests that kill them and for several that train together."""

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tiny_models import ENCODERS, make_model

from infoplane.methods import Recipe, finetune
from infoplane.methods._training import _loop
from infoplane.methods._training._devices import Devices
from infoplane.objectives import make_objective
from infoplane.tasks import load_task


def tune(csv: str, out: str, asked: Mapping[str, Any], progress: Callable[[str, int, int], None] | None = None) -> None:
    """Fine-tune as `asked`: "family", "changes" of its configuration, "objective" and its settings, "recipe"."""
    dropout = {} if asked.get("dropout") else {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    changes = dropout if asked["family"] in ENCODERS else {}
    finetune(
        make_model(asked["family"], **changes),
        load_task(csv, aspect="mood"),
        objective=make_objective(**asked.get("objective", {"name": "cross-entropy"})),
        out=out,
        recipe=Recipe(**{"epochs": 2, "batch_size": 16, "learning_rate": 1e-3} | asked.get("recipe", {})),
        trackers=(),
        progress=progress,
    )


def checkpoint_after_every_step() -> None:
    """Have the loop keep a checkpoint as often as it can, by the clock of the main process; others' never say so."""
    _loop._SECONDS, _loop._TELL = 0.0 if os.environ.get("RANK", "0") == "0" else float("inf"), 1


def die_in(where: str, call: int) -> None:
    """Have this process killed, as kill -9 does, at a call of the function "module:name"."""
    module, _, name = where.partition(":")
    home = import_module(f"infoplane.methods.{module}")
    whole, calls = getattr(home, name), []

    def dying(*args: Any, **keywords: Any) -> Any:
        calls.append(None)
        if len(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(*args, **keywords)

    setattr(home, name, dying)


def killed_and_continued(csv: str, out: str, asked: Mapping[str, Any]) -> list[int]:
    """Train in child processes, each but the last killed where "deaths" say; how each of them ended."""
    ends = []
    for death in (*asked["deaths"], None):
        child = os.fork()
        if child == 0:
            checkpoint_after_every_step()
            if death is not None:
                die_in(*death)
            tune(csv, out, asked)
            os._exit(0)
        ends.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    return ends


if __name__ == "__main__":
    csv, out, given = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    if "deaths" in given:
        tune(csv, f"{out}/whole", given)  # here, so that its children begin with all that is imported and compiled
        print(json.dumps(killed_and_continued(csv, f"{out}/killed", given)))
    else:
        checkpoint_after_every_step()
        for name, asked in given.items():
            tune(csv, f"{out}/{name}", asked)
        os.write(1, f"rank {Devices('cpu').rank} of {Devices('cpu').world}\n".encode())  # whole, beside the other's
