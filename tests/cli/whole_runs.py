"""A quick measurement, and what of it must come out the same however often it was stopped."""

from pathlib import Path

QUICK = ["--max-examples", 40, "--permutations", 20]


def contents(run: Path) -> dict[str, bytes]:
    """The numbers, states and artefacts of a run."""
    files = [run / "ledger.jsonl", *(path for path in (run / "states").rglob("*") if path.is_file())]
    files += [path for path in (run / "artifacts").rglob("*") if path.is_file()]
    return {str(path.relative_to(run)): path.read_bytes() for path in files}
