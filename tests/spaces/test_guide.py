"""The guide's pages on steering run as they stand, in one session."""

import re
import subprocess
import sys
from pathlib import Path

# Fewer texts and prompts than the guide takes, as it is only run here.
FEWER = {"contexts=20": "contexts=8", "range(40)": "range(24)", "doses=(0.1, 0.3))": "doses=(0.1, 0.3), prompts=12)"}
SHOWN = re.compile(r"^ *# (\[.*\])$", re.MULTILINE)  # what the guide says is printed
GUIDE = (Path(__file__).parents[2] / "docs" / "guide.md").read_text(encoding="utf-8")


def test_the_examples_of_steering_run(tmp_path: Path) -> None:
    section = GUIDE.split("\n## Steering\n")[1].split("\n## ")[0]
    code = "\n".join(re.findall(r"```python\n(.*?)```", section, re.DOTALL))
    for much, less in FEWER.items():
        assert much in code
        code = code.replace(much, less)
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    trust, plain, steered, *texts, dose = done.stdout.splitlines()
    assert trust.startswith("sign rate ")
    assert float(plain) <= float(steered)
    assert len(texts) == 2
    assert texts == SHOWN.findall(code)
    assert dose.endswith("nats")
