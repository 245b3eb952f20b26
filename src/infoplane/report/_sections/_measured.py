"""The sections with figures, and what to say where one has no rows."""

from dataclasses import replace

from infoplane.report._figure import Figure
from infoplane.report._figures import (
    _accuracy,
    _checks,
    _information,
    _label_spaces,
    _label_views,
    _paper,
    _plane,
    _roles,
    _similarity,
    _step_curves,
    _step_map,
)
from infoplane.report._sections._audit import AUDIT
from infoplane.report._sections._recovery import RECOVERY
from infoplane.report._sections._section import Part, Runs, Section
from infoplane.report._sections._steering import METHODS, STEERING
from infoplane.report._sections._training import TRAINING

_READ = ("plane", "steps", "space")


def sections(runs: Runs) -> list[Section]:
    """All sections in their order, those that can be drawn or whose absence is worth a line.

    A run that compared methods or trained never set out to read states, so nothing is said of what it did not read.
    """
    reads = any(run.has(measure) for run in runs for measure in _READ)
    made = [part.section(runs) for part in _PARTS]
    said = made if reads else [replace(section, absent="") for section in made]
    return [section for section in said if section.shown or section.absent]


def _by_layer(runs: Runs) -> list[Figure | None]:
    return [_information.draw(runs), _accuracy.draw(runs), _label_spaces.draw(runs)]


def _by_step(runs: Runs) -> list[Figure | None]:
    maps = [_step_map.draw(run, shown, runs) for shown in _step_map.MAPS for run in runs]
    return [*maps, _step_curves.draw(runs), _roles.draw(runs)]


def _space(runs: Runs) -> list[Figure | None]:
    views = [
        draw(run, runs) for run in runs for draw in (_similarity.draw, _label_views.draw_flat, _label_views.draw_turned)
    ]
    return [*views, *(_checks.draw(runs, check) for check in _checks.CHECKS)]


_PARTS = (
    METHODS,
    *TRAINING,
    RECOVERY,
    AUDIT,
    Part(
        "plane",
        "The information plane",
        "T is the state of a layer, X the input (its mean content embedding), Y the label.",
        lambda runs: [_plane.draw(runs)],
        absent="The information plane was not drawn: no layer has both I(T;X) and I(T;Y).",
    ),
    Part(
        "layers",
        "Layer by layer",
        "Layer 0 is the embedding, layer l the residual stream after block l.",
        _by_layer,
        absent="Curves by layer were not drawn: the ledger has no rows of the measure plane.",
    ),
    Part(
        "steps",
        "While it answers",
        "Step t is the forward pass that emits token t of the greedy answer; step 1 is the last token of the prompt.",
        _by_step,
        absent="Decoding steps were not measured: the ledger has no rows of the measure steps.",
    ),
    *STEERING,
    Part(
        "space",
        "The task space",
        "For every layer and label, a direction: how the state moves when the prompt asks for that label.",
        _space,
        absent="The task space is not shown: there is no artifacts/space.json and no row of the measure space.",
    ),
    Part(
        "paper",
        "The published recipe",
        "Shown because it was asked for. It measures partly itself; the size of that part stands beside it.",
        lambda runs: [_paper.draw(runs)],
    ),
)
