import subprocess
import sys

from infoplane import estimators


def test_every_public_name_is_listed_once():
    assert sorted(estimators.__all__) == sorted(name for name in vars(estimators) if not name.startswith("_"))


def test_the_ground_floor_needs_no_network_library():
    code = "import sys, infoplane.estimators; print({'torch', 'transformers', 'pandas', 'sklearn'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_public_functions_are_documented():
    assert all(getattr(estimators, name).__doc__ for name in estimators.__all__ if name not in ("ESTIMATORS", "FLAGS"))
