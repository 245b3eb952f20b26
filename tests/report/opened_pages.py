"""A page in a real browser: opened, drawn, and everything that went wrong on the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
]
WIDE, NARROW, PAPER = 1280, 420, 670
FITS = "[...document.querySelectorAll('.main-svg')].every((one) => one.getBoundingClientRect().right <= %d)"

NEEDS = [
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
