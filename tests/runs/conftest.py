import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Child = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def child() -> Child:
    """Runs a piece of Python in a process of its own, in the folder of these tests."""

    def run(code: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", code, *map(str, arguments)]
        folder = Path(__file__).parent
        environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONWARNINGS": "default"}
        return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)

    return run
