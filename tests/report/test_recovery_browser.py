"""Pages of what is read back in a real browser, on a wide screen and on a telephone."""

import re
from pathlib import Path
from typing import Any

import made_recovery
import pytest
from opened_pages import NARROW, NEEDS, WIDE, Opened, browser, check_drawn  # noqa: F401  (browser: a fixture)

from infoplane.report import report

pytestmark = NEEDS


@pytest.fixture(scope="module", params=["recovered", "both", "audited"])
def opened(request: Any, browser: Any, made: Any, tmp_path_factory: pytest.TempPathFactory) -> Opened:  # noqa: F811
    """One run, two on one page, and an audit."""
    folder = tmp_path_factory.mktemp("page")
    runs = {
        "recovered": lambda: (made_recovery.write_recovered(made, folder / "run"),),
        "both": lambda: tuple(
            made_recovery.write_recovered(made, folder / f"{blocks}", blocks=blocks) for blocks in (6, 12)
        ),
        "audited": lambda: (made_recovery.write_audited(made, folder / "run"),),
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
    audited = opened.page.locator("#figure-audit-recovery").count() > 0
    figure, says = ("audit-recovery", r"proven.*n = 240") if audited else ("recovery-mean", r"read back.*n = 4,000")
    opened.point_at(figure)
    assert re.search(says, opened.hover_texts(figure))
