import errno
import os
import signal
import subprocess
import sys
import time

import pytest

from infoplane import __version__
from infoplane._errors import InputError

WRONG = [
    ("frobnicate", "No such command 'frobnicate'; see infoplane --help"),
    ("measure --foo", "No such option: --foo"),
    ("measure --max-examples many", "Invalid value for '--max-examples'"),
    ("measure --permutations -1", "Invalid value for '--permutations'"),
    ("measure --model embedded --task embedded", "no --out"),
    ("measure --out x --task embedded", "no --model"),
    ("measure --out x --model embedded", "no --task"),
    ("measure --out x --model m --task t --batch-size 0", "--batch-size 0: expected auto or a number"),
    ("measure --out x --states y --model m", "--states y with a model"),
    ("measure --out x --states nowhere", "no run.json in nowhere"),
    ("measure --model ./nowhere --task embedded --out x", "'./nowhere' is no folder"),
    ("space", "Missing command"),
    ("space show nowhere", "task space nowhere"),
    ("show", "Missing argument 'DIR'; see infoplane show --help"),
    ("show nowhere", "no run.json in nowhere"),
    ("report nowhere", "no run.json in nowhere"),
]


@pytest.mark.parametrize(("line", "said"), WRONG, ids=[line for line, _ in WRONG])
def test_bad_input_is_one_line_and_exit_code_two(infoplane, tmp_path, monkeypatch, line, said):
    monkeypatch.chdir(tmp_path)
    left = infoplane(*line.split())
    assert left.code == 2
    assert left.out == ""
    assert left.err.startswith("infoplane: ")
    assert left.err.count("\n") == 1
    assert said in left.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (InputError("a: expected b; do c."), 2, "infoplane: a: expected b; do c.\n"),
        (KeyboardInterrupt(), 130, "infoplane: interrupted; the same command continues\n"),
        (
            OSError(errno.ENOSPC, "No space left on device", "big.bin"),
            2,
            "infoplane: big.bin cannot be used (No space ",
        ),
        (OSError(errno.EACCES, "Permission denied"), 2, "infoplane: a file cannot be used (Permission denied); change"),
        (OSError(errno.EROFS, "Read-only file system"), 2, "infoplane: a file cannot be used (Read-only file system)"),
        (OSError(errno.EIO, "Input/output error"), 1, "infoplane: fault of infoplane (OSError: "),
        (
            ZeroDivisionError("division\nby zero"),
            1,
            "fault of infoplane (ZeroDivisionError: division); INFOPLANE_DEBUG=1",
        ),
        (AssertionError(), 1, "fault of infoplane (AssertionError: no message)"),
        (BrokenPipeError(), 0, ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_every_error_has_its_code_and_line(infoplane, monkeypatch, made_run, error, code, said):
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("infoplane.report.report", fail)
    monkeypatch.setattr("infoplane._cli._main._close_pipe", lambda: None)
    left = infoplane("report", made_run)
    assert left.code == code
    assert said in left.err
    assert left.err.count("\n") == (1 if said else 0)
    assert "Traceback" not in left.err


def test_a_traceback_is_shown_only_where_it_is_asked_for(infoplane, monkeypatch, made_run):
    monkeypatch.setattr("infoplane.report.report", lambda *_, **__: 1 / 0)
    monkeypatch.setenv("INFOPLANE_DEBUG", "1")
    left = infoplane("report", made_run)
    assert left.code == 1
    assert "Traceback" in left.err
    assert left.err.rstrip().splitlines()[-1].startswith("infoplane: fault of infoplane (ZeroDivisionError")


def test_help_and_version_are_no_errors(infoplane):
    assert infoplane("--version").out.strip() == __version__
    for arguments in ([], ["--help"]):
        said = infoplane(*arguments)
        assert said.code == 0
        assert "measure" in said.out
        assert said.err == ""


def test_an_interrupt_ends_with_130_and_one_line():
    code = """
import sys, time
import infoplane.measures, infoplane._cli
def measure_saved(*_, **__):
    print("ready", file=sys.stderr, flush=True)
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        raise ImportError("a library that was interrupted while it was imported")
infoplane.measures.measure_saved = measure_saved
infoplane._cli.main(["measure", "--states", "a", "--out", "b"])
"""
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert rest == "infoplane: interrupted; the same command continues\n"


def test_an_interrupt_while_libraries_are_imported():
    with subprocess.Popen(
        [sys.executable, "-c", "import sys, infoplane._cli as c; print(1, flush=True); c.main(['doctor'])"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1] == "infoplane: interrupted; the same command continues"


@pytest.mark.parametrize("words", [["show", "DIR", "--all"], ["show", "DIR", "--json"], ["measure", "--help"]])
def test_a_reader_that_leaves_is_no_error(made_run, words):
    words = [str(made_run) if word == "DIR" else word for word in words]
    code = "import sys, infoplane._cli as c; c.main(sys.argv[1:])"
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([sys.executable, "-c", code, *words], stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_full_device_under_standard_output_is_one_line(made_run):
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    code = "import sys, infoplane._cli as c; c.main(['show', sys.argv[1], '--json'])"
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code, str(made_run)], stdout=full, stderr=subprocess.PIPE, check=False, text=True
        )
    assert done.returncode == 2
    assert done.stderr.startswith("infoplane: a file cannot be used (No space left on device)")
