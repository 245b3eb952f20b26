"""Help that is quick and whose examples run, and options that can be set in the environment."""

import re
import resource
import subprocess
import sys

import pytest

from infoplane._cli._app import command

FILTERS = {"measure", "quantity", "split", "layer", "step", "role", "label", "method", "seed"}
COMMANDS = [
    *("demo", "measure", "estimate", "predict", "compare", "finetune", "distill", "sweep", "recover", "audit"),
    *("show", "report", "doctor"),
    *("space build", "space show", "space export"),
]


def leaf(name: str):
    """The command `name`."""
    found = command()
    for word in name.split():
        found = found.commands[word]
    return found


def test_these_are_all_commands():
    top = command().commands
    leaves = [name for name in top if name != "space"] + [f"space {name}" for name in top["space"].commands]
    assert sorted(leaves) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_json_and_seed_and_shows_an_example_that_parses(infoplane, name):
    said = infoplane(*name.split(), "--help")
    assert said.code == 0
    text = " ".join(said.out.split())
    assert "--json" in text
    assert "--seed" in text
    (example,) = re.findall(r"Example: infoplane (.*)", text)
    words = example.split()
    assert example.startswith(name)
    assert leaf(name).make_context(name, words[len(name.split()) :]).params["as_json"] is False


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_is_and_has_two_variables_unless_it_filters(name):
    options = [option for option in leaf(name).params if option.param_type_name == "option"]
    assert all(option.help for option in options)
    for option in options:
        if option.name != "help":
            word = max(option.opts, key=len)[2:].replace("-", "_").upper()
            both = [f"INFOPLANE_{name.upper().replace(' ', '_')}_{word}", f"INFOPLANE_{word}"]
            assert option.envvar == (None if name == "show" and option.name in FILTERS else both)


def test_variables_set_options_the_nearer_one_first(infoplane, monkeypatch, made_run):
    monkeypatch.setenv("INFOPLANE_OUT", str(made_run / "far.html"))
    monkeypatch.setenv("INFOPLANE_JSON", "1")
    assert infoplane("report", made_run).document == {"report": str(made_run / "far.html")}
    monkeypatch.setenv("INFOPLANE_REPORT_OUT", str(made_run / "near.html"))
    assert infoplane("report", made_run).document == {"report": str(made_run / "near.html")}
    said = infoplane("report", made_run, "--out", made_run / "typed.html").document
    assert said == {"report": str(made_run / "typed.html")}


@pytest.mark.parametrize("name", ["INFOPLANE_SEED", "INFOPLANE_SHOW_SEED", "INFOPLANE_LABEL"])
def test_no_variable_chooses_what_show_shows(infoplane, monkeypatch, made_run, name):
    usual = infoplane("show", made_run)
    monkeypatch.setenv(name, "7")
    assert infoplane("show", made_run) == usual
    assert usual.code == 0


def test_help_loads_nothing_heavy_and_is_quick():
    heavy = {"torch", "transformers", "numpy", "scipy", "pandas", "plotly", "datasets", "safetensors"}
    code = f"""
import sys
try:
    from infoplane._cli import main
    main(["measure", "--help"])
finally:
    assert not {heavy} & set(sys.modules), {heavy} & set(sys.modules)
"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5
