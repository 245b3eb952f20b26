"""Pages of trainings in a real browser, on a wide screen and on a telephone."""

import re
from pathlib import Path
from typing import Any

import made_training
import pytest
from opened_pages import NARROW, NEEDS, WIDE, Opened, browser, check_drawn  # noqa: F401  (browser: a fixture)

from infoplane.report import report

pytestmark = NEEDS
EMOTIONS = ["joyful", "proud", "calm", "afraid", "sad", "angry"]


@pytest.fixture(scope="module", params=["trained", "swept", "distilled", "both"])
def opened(request: Any, browser: Any, made: Any, tmp_path_factory: pytest.TempPathFactory) -> Opened:  # noqa: F811
    """A training, a sweep, a distillation, and two trainings on one page."""
    folder = tmp_path_factory.mktemp("page")
    runs = {
        "trained": lambda: (made_training.write_trained(made, folder / "run", EMOTIONS),),
        "swept": lambda: (made_training.write_swept(made, folder / "run"),),
        "distilled": lambda: (made_training.write_distilled(made, folder / "run", EMOTIONS),),
        "both": lambda: tuple(
            made_training.write_trained(made, folder / method, EMOTIONS, method=method) for method in ("ce", "cmi")
        ),
    }
    pages: tuple[Path, ...] = runs[request.param]()
    return Opened(browser, report(*pages, out=folder / f"{request.param}.html"), WIDE)


def test_every_figure_is_drawn_and_fits_wide_and_narrow(opened: Opened) -> None:
    check_drawn(opened, WIDE)
    with opened.narrow():
        check_drawn(opened, NARROW)
        assert opened.page.evaluate("document.documentElement.scrollWidth") == NARROW
    assert opened.wrong == []


def test_a_mark_tells_its_number(opened: Opened) -> None:
    figure, says = "swept", r"best of \d configuration"
    if opened.page.locator("#figure-students").count():
        figure, says = "students", r"(alpha=|no teacher).*accuracy.*n = 360"
    if opened.page.locator("#figure-training").count():
        figure, says = "training", r"epoch \d.*nats.*n = 360"
    opened.point_at(figure)
    assert re.search(says, opened.hover_texts(figure))
