from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data and models beside the project; absent on most machines."""
    folder = ROOT.parent / "shared"
    if not (folder / "models").is_dir():
        pytest.skip(f"no real data and models at {folder}")
    return folder
