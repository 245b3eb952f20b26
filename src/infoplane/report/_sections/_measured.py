"""The sections with figures, and what to say where one has no rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
from infoplane.report._run_data import RunData

Runs = Sequence[RunData]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page. `absent`: the one line that stands there when nothing can be drawn."""

    name: str
    title: str
    lead: str
    figures: tuple[Figure, ...]
    absent: str


def sections(runs: Runs) -> list[Section]:
    """All sections in their order; an empty one stays as its line, except the published recipe, which few runs have."""
    made = [_section(runs, *about) for about in _SECTIONS]
    return [section for section in made if section.figures or section.absent]


def _section(
    runs: Runs, name: str, title: str, lead: str, absent: str, draw: Callable[[Runs], list[Figure | None]]
) -> Section:
    return Section(name, title, lead, tuple(figure for figure in draw(runs) if figure is not None), absent)


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


_SECTIONS: tuple[tuple[str, str, str, str, Callable[[Runs], list[Figure | None]]], ...] = (
    (
        "plane",
        "The information plane",
        "T is the state of a layer, X the input (its mean content embedding), Y the label.",
        "The information plane was not drawn: no layer has both I(T;X) and I(T;Y).",
        lambda runs: [_plane.draw(runs)],
    ),
    (
        "layers",
        "Layer by layer",
        "Layer 0 is the embedding, layer l the residual stream after block l.",
        "Curves by layer were not drawn: the ledger has no rows of the measure plane.",
        _by_layer,
    ),
    (
        "steps",
        "While it answers",
        "Step t is the forward pass that emits token t of the greedy answer; step 1 is the last token of the prompt.",
        "Decoding steps were not measured: the ledger has no rows of the measure steps.",
        _by_step,
    ),
    (
        "space",
        "The task space",
        "For every layer and label, a direction: how the state moves when the prompt asks for that label.",
        "The task space is not shown: there is no artifacts/space.json and no row of the measure space.",
        _space,
    ),
    (
        "paper",
        "The published recipe",
        "Shown because it was asked for. It measures partly itself; the size of that part stands beside it.",
        "",
        lambda runs: [_paper.draw(runs)],
    ),
)
