"""The tokens that some examples emit, step by step, plainly and under a few plans: what a report shows."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from infoplane.measures._key_places import Place
from infoplane.measures._live import Live
from infoplane.measures._trial import prompts_of
from infoplane.runs import write_atomic

if TYPE_CHECKING:
    from infoplane.models import Plan


def write_view(live: Live, place: Place, plans: Mapping[str, "Plan"]) -> None:
    """Write `artifacts/key_steps.json`: where it was steered, and for every example the tokens said by method."""
    path = live.saved.artifacts / "key_steps.json"
    if path.is_file():
        return
    rows, texts = zip(*live.saved.about["examples"], strict=True)
    said = {"plain": _said(live, rows)}
    for name, plan in plans.items():
        with live.lm.steer(plan.take(rows)):
            said[name] = _said(live, rows)
    labels = live.names(live.saved.labels()[list(rows)])
    examples = [
        {"text": text, "label": label, "tokens": {name: tokens[at] for name, tokens in said.items()}}
        for at, (text, label) in enumerate(zip(texts, labels, strict=True))
    ]
    write_atomic(
        path, json.dumps({"layers": place.layers, "steps": place.steps, "methods": list(said), "examples": examples})
    )


def _said(live: Live, rows: tuple[int, ...]) -> list[list[str]]:
    prompts = prompts_of(live.task, live.task.splits["measure"].take(rows))
    return live.lm.generate(prompts, max_new_tokens=live.saved.about["steps"]).pieces
