"""What the README promises: its Python runs, its commands parse, its links lead somewhere."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from infoplane._cli._app import command

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")

# The lines are run, not judged: the networks of the pool of rules train as briefly as in other rooms.
BRIEFLY = "from infoplane.estimators._labels import _members\n_members.CHECKPOINTS = (20,)\n"


@pytest.mark.heavy
def test_the_twelve_lines_of_python_run(tmp_path: Path) -> None:
    done = run(BRIEFLY + re.findall(r"```python\n(.*?)```", README, re.DOTALL)[0], tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "runs/first/report.html").is_file()
    assert "label_information" not in done.stderr
    assert re.search(r"\d\.\d+ \[.*\] nats", done.stdout)


def test_the_estimate_without_a_model_is_what_it_is_said_to_be(tmp_path: Path) -> None:
    done = run(re.findall(r"```python\n(.*?)```", README, re.DOTALL)[1], tmp_path)
    assert done.returncode == 0, done.stderr
    assert 0.6 < float(done.stdout.split()[0]) < 0.8


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What the lines of `code` print, warnings being errors."""
    words = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        name, _, heading = target.partition("#")
        linked = page.parent / name if name else page
        assert linked.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
            assert heading in slugs, target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_know_the_options_they_are_shown_with(page: Path) -> None:
    app = command()
    blocks = "".join(re.findall(r"^```\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE))
    for line in re.findall(r"^infoplane (.+)$", blocks, re.MULTILINE):
        words = shlex.split(line, comments=True)
        below = app.commands[words.pop(0)]
        while hasattr(below, "commands"):
            below = below.commands[words.pop(0)]
        known = {name for option in below.params for name in option.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


def test_the_tree_names_every_folder() -> None:
    [tree] = re.findall(r"```\n(src/infoplane/.*?)```", README, re.DOTALL)
    rooms = {path.name for path in (ROOT / "src/infoplane").iterdir() if (path / "__init__.py").is_file()}
    assert rooms == {line.split("/")[0].strip() for line in tree.splitlines() if line.startswith("  ")}
