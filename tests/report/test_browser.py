"""The page in a real browser: drawn, answering to the pointer, fitting a wide screen, a telephone and paper."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from infoplane.report import report

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
]
WIDE, NARROW, PAPER = 1280, 420, 670
FITS = "[...document.querySelectorAll('.main-svg')].every((one) => one.getBoundingClientRect().right <= %d)"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium; install it with: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="no Playwright; install it with: pip install playwright")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), headless=True, args=FLAGS)
        yield chromium
        chromium.close()


class Opened:
    """A page that was opened and drawn, with everything that went wrong on the way."""

    def __init__(self, browser: Any, path: Path, width: int):
        self.page = browser.new_page(viewport={"width": width, "height": 900})
        self.wrong: list[str] = []
        self.page.route("**/*", self._route)
        self.page.on("console", lambda said: self.wrong.append(f"{said.type}: {said.text}"))
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("requestfailed", lambda request: self.wrong.append(f"failed: {request.url}"))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("body[data-drawn]", timeout=60_000)

    def _route(self, route: Any) -> None:
        """Let the page itself and data inside it through, and nothing else."""
        if route.request.url.startswith(("file:", "data:", "blob:")):
            route.continue_()
        else:
            self.wrong.append(f"asked for: {route.request.url}")
            route.abort()

    def until(self, expression: str) -> None:
        """Wait for an expression to become true; the page's own policy forbids Playwright's way of doing so."""
        for _ in range(200):
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(expression)

    @contextmanager
    def narrow(self) -> Iterator[None]:
        """The same page on a telephone, drawn anew for it."""
        self.page.set_viewport_size({"width": NARROW, "height": 900})
        self.until(FITS % NARROW)
        yield
        self.page.set_viewport_size({"width": WIDE, "height": 900})
        self.until("document.querySelector('.main-svg').getBoundingClientRect().width > 600")

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def hover_texts(self, figure: str) -> str:
        """What the hover box of a figure says."""
        box = self.page.locator(f"#figure-{figure} .hoverlayer")
        box.locator(".hovertext").first.wait_for(timeout=5_000)
        return " ".join(box.locator("text").all_text_contents())

    def point_at(self, figure: str, nth: int = -1) -> None:
        """Move the pointer to a mark of a figure."""
        self.page.locator(f"#figure-{figure}").scroll_into_view_if_needed()
        box = self.page.locator(f"#figure-{figure} .points path.point").nth(nth).bounding_box()
        self.page.mouse.move(box["x"] + box["width"] / 2 - 6, box["y"] + box["height"] / 2)
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=3)

    def marks(self, figure: str) -> list[str]:
        """Where the marks of a figure stand."""
        points = self.page.locator(f"#figure-{figure} .points path.point")
        return [str(point) for point in points.evaluate_all("all => all.map((one) => one.getAttribute('transform'))")]


@pytest.fixture(scope="module")
def pages(
    browser: Any, small: Path, tuned: Path, large: Path, wild: Path, two_labels: Path, tmp_path_factory: Any
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


def check_drawn(opened: Opened, width: int) -> None:
    """Every figure has something in it, stands within the page and fills its place."""
    drawn = opened.page.locator("figure .plot").evaluate_all(
        """plots => plots.map((plot) => {
            const shown = [...plot.querySelectorAll(".trace, .hm")].map((one) => one.getBoundingClientRect());
            const frame = plot.querySelector(".main-svg").getBoundingClientRect();
            return {
                name: plot.closest("figure").id, traces: shown.filter((box) => box.width > 0 || box.height > 0).length,
                left: frame.left, right: frame.right, height: frame.height, asked: plot.getBoundingClientRect().height,
            };
        })"""
    )
    assert len(drawn) == int(opened.page.evaluate("document.body.dataset.drawn"))
    for figure in drawn:
        assert figure["traces"] > 0, figure
        assert figure["left"] >= 0, figure
        assert figure["right"] <= width, figure
        assert figure["height"] == pytest.approx(figure["asked"], abs=2), figure
    assert opened.overflow() <= 0


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
