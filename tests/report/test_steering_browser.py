"""The figures about steering in a real browser, on a wide screen, a telephone and paper."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import made_steering
import pytest
from opened_pages import NARROW, NEEDS, PAPER, WIDE, Opened, browser, check_drawn  # noqa: F401  (browser: a fixture)

from infoplane.report import report

pytestmark = NEEDS
EMOTIONS = ["joyful", "proud", "calm", "afraid", "sad", "angry"]
LONG = "a-method-with-quite-a-long-name-<script>alert(1)</script>"


@pytest.fixture(scope="module")
def pages(browser: Any, made: Any, tmp_path_factory: Any) -> Iterator[Callable[[str], Opened]]:  # noqa: F811
    """Opens a page by name, each once, on a wide screen."""
    folder, ready = tmp_path_factory.mktemp("pages"), dict[str, Opened]()

    def compared(place: str, **about: Any) -> Path:
        run = made_steering.compare(made(EMOTIONS, 6, 5, **about))
        for row in run.rows:
            row["method"] = LONG if row["method"] == "in-context-vectors" else row["method"]
        return made_steering.write_compared(run, folder / place)

    def steered(place: str, layers: int, **about: Any) -> Path:
        run = made_steering.steered(made(EMOTIONS, layers, 5, **about).plane().decoding().space())
        return made_steering.write_steered(run, folder / place)

    made_by = {
        "compared": lambda: (compared("compared"),),
        "both compared": lambda: (compared("one"), compared("other", seed=4, name="embedded-tuned")),
        "steered": lambda: (steered("steered", 6),),
        "both steered": lambda: (steered("shallow", 6), steered("deep", 33, seed=2, name="deep")),
    }

    def page(name: str) -> Opened:
        if name not in ready:
            ready[name] = Opened(browser, report(*made_by[name](), out=folder / f"{name}.html"), WIDE)
        return ready[name]

    yield page
    for one in ready.values():
        one.page.close()


@pytest.mark.parametrize("name", ["compared", "both compared", "steered", "both steered"])
def test_every_figure_is_drawn_and_fits_wide_and_narrow(pages: Callable[[str], Opened], name: str) -> None:
    opened = pages(name)
    check_drawn(opened, WIDE)
    check_ticks(opened)
    with opened.narrow():
        check_drawn(opened, NARROW)
        check_ticks(opened)
    assert opened.wrong == []


def check_ticks(opened: Opened) -> None:
    """The names of rows stand inside their figure and do not cover each other."""
    rows = opened.page.locator(".plot").evaluate_all(
        """plots => plots.map((plot) => {
            const box = (one) => one.getBoundingClientRect().toJSON();
            return {frame: box(plot), names: [...plot.querySelectorAll(".ytick text")].map(box)};
        })"""
    )
    assert any(len(row["names"]) > 4 for row in rows)
    for row in rows:
        names = sorted(row["names"], key=lambda box: box["top"])
        assert all(box["left"] >= row["frame"]["left"] - 1 for box in names)
        for one, other in pairwise(names):
            apart = one["right"] < other["left"] or other["right"] < one["left"]
            assert apart or one["bottom"] <= other["top"] + 3


@pytest.mark.parametrize(
    ("figure", "says"),
    [
        ("methods", r"oracle.*%.*\[.*\].*n = 360"),
        ("differences", r"minus.*points.*Holm-corrected"),
        ("pushed", r"%.*\[.*\]"),
        ("key-add", r"layers 3-4, steps \d.*control.*by chance within.*change"),
        ("read-write", r"layer \d.*bits.*written.*per nat.*random directions"),
        ("dose-gain", r"dose 3 nats.*spent \d"),
    ],
)
def test_a_mark_tells_its_number(pages: Callable[[str], Opened], figure: str, says: str) -> None:
    opened = pages("steered")
    opened.point_at(figure)
    assert re.search(says, opened.hover_texts(figure))


def test_panels_stand_beside_each_other_and_on_a_telephone_below(pages: Callable[[str], Opened]) -> None:
    opened = pages("steered")
    places = "#figure-key-map-add .nsewdrag"

    def boxes() -> list[dict[str, float]]:
        found = opened.page.locator(places).evaluate_all(
            "all => all.map((one) => one.getBoundingClientRect().toJSON())"
        )
        return sorted(found, key=lambda box: (round(box["top"]), box["left"]))

    first, second = boxes()
    assert first["right"] < second["left"]
    assert first["top"] == pytest.approx(second["top"], abs=1)
    with opened.narrow():
        first, second = boxes()
        assert first["bottom"] < second["top"]
        assert first["left"] == pytest.approx(second["left"], abs=1)
        assert first["height"] == pytest.approx(second["height"], abs=2)


def test_on_a_telephone_a_method_is_a_block_without_its_empty_cells(pages: Callable[[str], Opened]) -> None:
    opened = pages("compared")
    with opened.narrow():
        shown = "all => all.filter((one) => one.offsetHeight > 0).map((one) => one.dataset.name)"
        line = opened.page.locator("table.stacked tbody tr", has_text="What knn-vote does")
        names = line.locator("td").evaluate_all(shown)
        assert "accuracy" in names
        assert "dose spent" not in names
        cells = opened.page.locator("table.stacked tbody td").evaluate_all(
            "all => all.filter((one) => one.offsetHeight > 0).map((one) => one.getBoundingClientRect().right)"
        )
        assert max(cells) <= NARROW


def test_paper_takes_figures_and_tables_whole(pages: Callable[[str], Opened]) -> None:
    page = pages("steered").page
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    pages("steered").until("document.querySelector('.main-svg').getBoundingClientRect().width <= 670")
    page.wait_for_timeout(500)
    ends = page.locator("figure .main-svg, table, td, th").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().right)"
    )
    assert max(ends) <= PAPER + 1
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    pages("steered").until("!document.body.classList.contains('printing')")


def test_the_table_of_methods_sorts(pages: Callable[[str], Opened]) -> None:
    table = pages("compared").page.locator("table.stacked").first
    table.locator("thead button").nth(1).click()
    keys = table.locator("tbody tr td:nth-child(2)").evaluate_all("all => all.map((one) => Number(one.dataset.key))")
    assert keys == sorted(keys)
