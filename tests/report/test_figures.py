from pathlib import Path
from typing import Any

import numpy as np
import pytest

from infoplane.report._figures import _plane, _similarity, _step_map
from infoplane.report._gauge import Gauge
from infoplane.report._house import RAMP, along
from infoplane.report._points import Point
from infoplane.report._run_data import RunData
from infoplane.report._words import flat, hover, interval, number, short, token, whole

BITS = {"value": 0.6931471805599453, "low": 0.6, "high": 0.8, "units": "nats", "ceiling": 1.3862943611198906, "n": 50}


def test_information_is_shown_in_bits_and_fractions_in_percent() -> None:
    assert Point.of(BITS).value == pytest.approx(1.0)
    assert Point.of(BITS).share == pytest.approx(0.5)
    assert whole(Point.of({"value": 0.5, "low": 0.4, "high": 0.6, "units": "fraction"})) == "50.0\u202f% [40.0, 60.0]"


def test_a_hover_box_tells_value_interval_null_ceiling_and_warnings() -> None:
    told = hover("layer 3", Point.of(BITS | {"null_high": 0.02, "flags": ["few_running"]}))
    assert told.split("<br>") == [
        "<b>layer 3</b>",
        "1.00 [0.87, 1.15] bits",
        "null, 95 % below 0.029\u00a0bits",
        "ceiling 2.00\u00a0bits (50 % reached)",
        "n = 50",
        "few running",
    ]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "", "—"),
        (-0.25, "bits", "−0.25\u00a0bits"),
        (0.031, "", "0.031"),
        (1234.0, "", "1,234"),
        (12.34, "%", "12.3\u202f%"),
        (-0.004, "points", "0.0\u00a0points"),
        (-0.0, "bits", "0.00\u00a0bits"),
    ],
)
def test_numbers_are_written_like_numbers(value: float | None, unit: str, text: str) -> None:
    assert number(value, unit) == text


def test_a_number_without_interval_has_no_brackets() -> None:
    assert interval(Point.of({"value": 1.0, "units": "count", "low": None, "high": None})) == ""


def test_long_names_keep_their_beginning_and_end() -> None:
    assert short("a very long name indeed 17") == "a very long…eed 17"
    assert short("<i>") == "&lt;i&gt;"
    assert len(short("x" * 400)) == 18


def test_nested_settings_become_short_pairs() -> None:
    settings = {"layers": [0, 1, 2, 3, 4], "kept": [1, 3, 9, 10], "space": None, "a": {"b": ["x", "y"]}}
    pairs = [("layers", "0 to 4"), ("kept", "1, 3, 9, 10"), ("space", "none"), ("a.b", "x, y")]
    assert flat(settings) == pairs


def test_white_space_of_tokens_is_visible() -> None:
    assert token(" joy") == "·joy"
    assert token("\n") == "↵"
    assert token("") == "end"


def test_a_strip_begins_at_zero_or_below_and_ends_at_the_ceiling() -> None:
    gauge = Gauge.of(Point.of(BITS | {"null_high": 0.1}))
    assert gauge is not None
    assert gauge.value == pytest.approx(50)
    assert gauge.null == pytest.approx(100 * 0.1 / BITS["ceiling"], abs=0.01)
    below = Gauge.of(Point.of({"value": -0.1, "low": -0.2, "high": 0.0, "units": "score", "ceiling": 1.0}))
    assert below is not None
    assert below.low == 0
    assert 0 < below.zero < 20
    assert Gauge.of(Point.of({"value": None, "units": "score"})) is None


def test_ramps_begin_and_end_at_their_colours() -> None:
    assert along(RAMP, 0) == RAMP[0]
    assert along(RAMP, 1) == RAMP[-1]
    assert along(RAMP, 5) == RAMP[-1]


def test_similar_labels_stand_together() -> None:
    cosines = np.full((6, 6), -0.2)
    for block in ([0, 2, 4], [1, 3, 5]):
        cosines[np.ix_(block, block)] = 0.9
    np.fill_diagonal(cosines, 1.0)
    order = _similarity.order({"similarity": cosines.tolist()})
    assert sorted(order) == list(range(6))
    assert {frozenset(order[:3]), frozenset(order[3:])} == {frozenset({0, 2, 4}), frozenset({1, 3, 5})}


@pytest.mark.parametrize("labels", [1, 2])
def test_very_few_labels_keep_their_order(labels: int) -> None:
    assert _similarity.order({"similarity": np.eye(labels).tolist()}) == list(range(labels))


def test_the_plane_pairs_both_numbers_of_the_same_state(small: Path) -> None:
    run = RunData.of(small)
    drawn = _plane.draw([run])
    assert drawn is not None
    marks = drawn.traces[-1]
    at = marks["hovertext"].index(next(text for text in marks["hovertext"] if text.startswith("<b>layer 3, mean")))
    kept = run.one("plane", "input_information", layer=3, role="content")
    said = run.one("plane", "label_information", layer=3, role="content")
    assert kept is not None
    assert said is not None
    assert (marks["x"][at], marks["y"][at]) == pytest.approx((kept.value, said.value), rel=1e-3)


def test_cells_within_their_null_are_marked(small: Path) -> None:
    run = RunData.of(small)
    drawn = _step_map.draw(run, _step_map.MAPS[1], [run])
    assert drawn is not None
    weak = {
        (row["layer"], row["step"])
        for row in run.rows
        if row["quantity"] == "conditional_label_information" and row["value"] <= row["null_high"]
    }
    assert weak
    assert set(zip(drawn.traces[1]["x"], drawn.traces[1]["y"], strict=True)) == weak


def test_a_figure_that_plotly_would_not_draw_is_refused(small: Path) -> None:
    from dataclasses import replace

    drawn = _plane.draw([RunData.of(small)])
    assert drawn is not None
    wrong: list[dict[str, Any]] = [{"type": "scatter", "no_such_property": 1}]
    with pytest.raises(ValueError, match="no_such_property"):
        _ = replace(drawn, traces=wrong).json
