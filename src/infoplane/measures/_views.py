"""What a report shows beside the numbers: the task space at one layer, the tokens of every step, some answers."""

import json
from collections import Counter

from infoplane.measures._saved import Saved
from infoplane.runs import Run, write_atomic


def write_views(run: Run, saved: Saved) -> None:
    """Write `artifacts/space.json` and, for a decoder, `artifacts/steps.json` of the run."""
    write_atomic(run.artifacts / "space.json", json.dumps(saved.space.summary(_shown_layer(run, saved))))
    if saved.answering:
        steps = {"tokens": _common_tokens(saved), "examples": _examples(saved)}
        write_atomic(run.artifacts / "steps.json", json.dumps(steps))


def _shown_layer(run: Run, saved: Saved) -> int:
    """The best layer where it was found and the space has it, else the space's last."""
    best = run.ledger.filter(quantity="best_layer_information", role=saved.roles[0])
    layer = best[0]["layer"] if best else None
    return layer if layer in saved.space.layers else saved.space.layers[-1]


def _common_tokens(saved: Saved) -> list[tuple[str, float]]:
    """The most common token of every step, and the share of the running answers that emitted it."""
    common = []
    for step, rows in enumerate(saved.running):
        token, count = Counter(saved.pieces[row][step] for row in rows).most_common(1)[0]
        common.append((token, count / len(rows)))
    return common


def _examples(saved: Saved) -> list[dict[str, str]]:
    labels = saved.labels()
    return [
        {"text": text, "label": saved.names[labels[row]], "answer": "".join(saved.pieces[row]).strip()}
        for row, text in saved.about["examples"]
    ]
