"""The page in a real browser: drawn, answering to the pointer, fitting a wide screen, a telephone and paper."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from opened_pages import NARROW, NEEDS, PAPER, WIDE, Opened, browser, check_drawn  # noqa: F401  (browser: a fixture)

from infoplane.report import report

pytestmark = NEEDS


@pytest.fixture(scope="module")
def pages(
    browser: Any,  # noqa: F811  (the fixture)
    small: Path,
    tuned: Path,
    large: Path,
    wild: Path,
    two_labels: Path,
    tmp_path_factory: Any,
) -> Iterator[Callable[[str], Opened]]:
    """Opens a page by name, each once, on a wide screen."""
    runs = {"small": (small,), "large": (large,), "wild": (wild,), "two_labels": (two_labels,), "both": (small, tuned)}
    ready: dict[str, Opened] = {}

    def page(name: str) -> Opened:
        if name not in ready:
            out = tmp_path_factory.mktemp("page") / f"{name}.html"
            ready[name] = Opened(browser, report(*runs[name], out=out), WIDE)
        return ready[name]

    yield page
    for one in ready.values():
        one.page.close()


@pytest.fixture
def opened(pages: Callable[[str], Opened]) -> Opened:
    """The small run on a wide screen."""
    return pages("small")


@pytest.mark.parametrize("name", ["small", "large", "wild", "two_labels", "both"])
def test_every_figure_is_drawn_and_fits_wide_and_narrow(pages: Callable[[str], Opened], name: str) -> None:
    opened = pages(name)
    check_drawn(opened, WIDE)
    with opened.narrow():
        check_drawn(opened, NARROW)
        check_names(opened)
    assert opened.wrong == []


def check_names(opened: Opened) -> None:
    """The names beside the marks of the task space do not run into each other."""
    boxes = opened.page.locator("#figure-labels .textpoint text, #figure-labels-0 .textpoint text").evaluate_all(
        "all => all.filter((one) => one.textContent).map((one) => one.getBoundingClientRect().toJSON())"
    )
    assert len(boxes) >= 2
    for at, one in enumerate(boxes):
        for other in boxes[at + 1 :]:
            across = min(one["right"], other["right"]) - max(one["left"], other["left"])
            down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
            assert across < 3 or down < 3


@pytest.mark.parametrize(
    ("figure", "says"),
    [
        ("plane", r"layer \d.*\[.*\] bits.*n = 840.*I\(T;X\)"),
        ("information", r"layer \d.*\d \[.*\] bits.*null, 95 % below.*ceiling"),
        ("accuracy", r"layer \d.*\d\d\.\d.%.*\["),
        ("spaces", r"14 label directions, layer \d.*bits"),
        ("by-step", r"step \d.*bits"),
        ("by-role", r"layer \d.*bits"),
        ("labels", r"at −?\d.*sign rate \d"),
        ("turned", r"at −?\d.*sign rate \d"),
    ],
)
def test_a_mark_tells_its_number(opened: Opened, figure: str, says: str) -> None:
    opened.point_at(figure)
    assert re.search(says, opened.hover_texts(figure))


@pytest.mark.parametrize(
    ("figure", "says"),
    [
        ("map-label-information", r"I\(T;Y\), layer \d, step \d.*bits.*null.*ceiling.*n = \d+.*most frequent token"),
        ("similarity", r"\w+ · \w+.*cosine -?\d\.\d\d"),
    ],
)
def test_a_cell_tells_its_number(opened: Opened, figure: str, says: str) -> None:
    opened.page.locator(f"#figure-{figure}").scroll_into_view_if_needed()
    box = opened.page.locator(f"#figure-{figure} .plot .plotclip, #figure-{figure} .plot .nsewdrag").last.bounding_box()
    opened.page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.3)
    opened.page.mouse.move(box["x"] + box["width"] * 0.42, box["y"] + box["height"] * 0.32, steps=3)
    assert re.search(says, opened.hover_texts(figure))


def test_the_space_turns_by_slider_and_by_hand(opened: Opened) -> None:
    opened.page.locator("#figure-turned").scroll_into_view_if_needed()
    before = opened.marks("turned")
    opened.page.locator("#figure-turned .azimuth").fill("-60")
    opened.page.wait_for_timeout(200)
    turned = opened.marks("turned")
    assert sum(one != other for one, other in zip(before, turned, strict=True)) > len(before) // 2
    box = opened.page.locator("#figure-turned .plot").bounding_box()
    opened.page.mouse.move(box["x"] + 200, box["y"] + 200)
    opened.page.mouse.down()
    opened.page.mouse.move(box["x"] + 320, box["y"] + 240, steps=4)
    opened.page.mouse.up()
    opened.page.wait_for_timeout(200)
    assert opened.marks("turned") != turned
    assert opened.page.locator("#figure-turned .azimuth").input_value() == "-120"


def test_the_view_is_the_projection_of_the_coordinates(opened: Opened) -> None:
    """Seen from above with no turn, the picture is the first two coordinates."""
    flat = opened.page.evaluate("projection(-90, 90)([3, 5, 7]).map((x) => Math.round(x * 1e6) / 1e6)")
    assert flat == [3, 5, 7]
    length = opened.page.evaluate("Math.hypot(...projection(31, 17)([1, -2, 2]))")
    assert length == pytest.approx(3)


def test_raw_cosines_are_one_press_away(opened: Opened) -> None:
    shown = "plot => document.querySelector('#figure-similarity .plot').data.map((trace) => trace.visible)"
    assert opened.page.evaluate(shown) == [True, False]
    opened.page.locator("#figure-similarity .switch button").nth(1).click()
    opened.until("document.querySelector('#figure-similarity .plot').data[1].visible")
    assert opened.page.evaluate(shown) == [False, True]
    opened.page.locator("#figure-similarity .switch button").nth(0).click()


def test_a_table_sorts_and_filters(opened: Opened) -> None:
    table = opened.page.locator("#numbers .sortable").first
    first = table.locator("tbody tr").first.locator("td").first
    header = table.locator("thead button").nth(1)
    header.click()
    header.click()
    keys = table.locator("tbody tr td:nth-child(2)").evaluate_all("all => all.map((one) => Number(one.dataset.key))")
    assert keys == sorted(keys, reverse=True)
    assert first.text_content() == "4"
    opened.page.locator("#numbers input").first.fill(str(first.text_content()) + "no such line")
    assert table.locator("tbody tr:visible").count() == 0
    opened.page.locator("#numbers input").first.fill("")


def test_paper_takes_every_figure_whole(opened: Opened, tmp_path: Path) -> None:
    opened.page.emulate_media(media="print")
    opened.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    opened.page.wait_for_timeout(500)
    ends = opened.page.locator("figure .main-svg").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().right)"
    )
    assert ends
    assert max(ends) <= PAPER
    opened.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    made = opened.page.pdf(path=str(tmp_path / "page.pdf"), format="A4")
    assert made.startswith(b"%PDF")
    assert 5 <= len(re.findall(rb"/Type\s*/Page\b", made)) <= 15
    opened.until("!document.body.classList.contains('printing')")
    assert opened.wrong == []
