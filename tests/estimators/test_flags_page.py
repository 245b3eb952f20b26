from pathlib import Path

import pytest

from infoplane.estimators import ESTIMATORS, FLAGS

PAGE = (Path(__file__).parents[2] / "docs" / "estimators.md").read_text()


@pytest.mark.parametrize("flag", FLAGS)
def test_the_page_says_what_each_flag_means_and_what_to_do(flag):
    means, do = FLAGS[flag]
    assert f"| `{flag}` | {means} | {do} |" in PAGE


@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_page_names_every_estimator(name):
    assert f"`{name}`" in PAGE
