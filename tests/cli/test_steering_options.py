"""What the measures that steer are given on the command line, and what they refuse."""

import pytest


@pytest.mark.parametrize(
    ("written", "said"),
    [(None, "No such file"), ("One line only.\n", "passages"), ("\n\n", "0 passages"), (b"\xff\xfe\x00", "not UTF-8")],
)
def test_neutral_text_that_cannot_be_used_is_one_line(infoplane, options, tmp_path, written, said):
    file = tmp_path / "neutral.txt"
    if written is not None:
        file.write_bytes(written if isinstance(written, bytes) else written.encode())
    run = infoplane("measure", *options, "--measures", "dose", "--neutral", file, "--out", tmp_path / "run")
    assert run.code == 2
    assert said in run.err
    assert run.err.strip().count("\n") == 0
    assert not (tmp_path / "run").exists()


def test_saved_states_cannot_be_steered(infoplane, whole, tmp_path):
    run = infoplane("measure", "--states", whole, "--measures", "read_write", "--out", tmp_path / "run")
    assert run.code == 2
    assert "read_write of saved states" in run.err


def test_a_dry_run_counts_plans(infoplane, options):
    run = infoplane("measure", *options, "--measures", "read_write", "--max-examples", 40, "--dry-run", "--json")
    assert run.code == 0, run.err
    assert run.document["plan"]["plans"] == {"read_write": 2 * 2 + 1}
    assert run.document["plan"]["expected_seconds"]["steering"] > 0
