"""What the doctor looks at: each check finds something, judges it and says what to do."""

import os
import platform
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from infoplane._errors import InfoplaneError
from infoplane._version import __version__

_PACKAGES = ("torch", "transformers", "numpy", "scipy", "scikit-learn", "safetensors", "datasets", "pandas", "plotly")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "firefox", "safari")
_GIB = 2**30


@dataclass(frozen=True, slots=True)
class Check:
    """`state`: ok, `note` (works, but worth knowing) or `fail`."""

    name: str
    state: Literal["ok", "note", "fail"]
    found: str
    do: str = ""

    def as_dict(self) -> dict[str, str]:
        """The fields, ready for JSON."""
        return asdict(self)


def versions() -> Check:
    """infoplane, Python and the packages it stands on."""
    found, missing = [f"infoplane {__version__}", f"python {platform.python_version()}"], []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return Check("versions", "fail", f"missing: {', '.join(missing)}", f"pip install {' '.join(missing)}")
    return Check("versions", "ok", ", ".join(found))


def device() -> Check:
    """What the network would run on."""
    import torch

    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
        return Check("device", "ok", ", ".join(names))
    if torch.backends.mps.is_available():
        return Check("device", "ok", "Apple GPU (mps)")
    return Check("device", "note", "cpu only", "models above a billion parameters want a GPU")


def cores() -> Check:
    """Cores this process may use."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Check("cores", "ok", f"{count} for this process")


def memory() -> Check:
    """Memory of the machine."""
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return Check("memory", "note", "not known on this system")
    size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / _GIB
    do = "" if size >= 4 else "lower --batch-size and --max-examples"
    return Check("memory", "ok" if size >= 4 else "note", f"{size:.1f} GiB", do)


def disk() -> Check:
    """Room and permission where runs are written by default."""
    here = Path.cwd()
    free = shutil.disk_usage(here).free / _GIB
    if not os.access(here, os.W_OK):
        return Check("disk", "note", f"{here} may not be written", "give --out a directory elsewhere")
    do = "" if free >= 2 else "free space, or give --out a directory elsewhere"
    return Check("disk", "ok" if free >= 2 else "note", f"{free:.1f} GiB free in {here}", do)


def hub() -> Check:
    """Where models of the hub are kept, and whether they may be downloaded."""
    from huggingface_hub import constants

    cache = Path(constants.HF_HUB_CACHE)
    models = len(list(cache.glob("models--*")))
    found = f"{models} models in {cache}"
    if constants.HF_HUB_OFFLINE:
        return Check("hub", "note", f"{found}, offline", "unset HF_HUB_OFFLINE to download models and data")
    return Check("hub", "ok", found)


def embedded() -> Check:
    """Whether the model and the task inside the package load."""
    from infoplane.models import load_model
    from infoplane.tasks import load_task

    start = time.perf_counter()
    try:
        model, task = load_model("embedded"), load_task("embedded")
    except (InfoplaneError, OSError) as error:
        return Check("embedded", "fail", str(error), f"{sys.executable} -m pip install --force-reinstall infoplane")
    seconds = time.perf_counter() - start
    found = f"{model.layers} blocks of width {model.width}, {len(task.labels)} labels, loaded in {seconds:.1f} s"
    return Check("embedded", "ok", found)


def browser() -> Check:
    """Something to look at a report with."""
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        do = "apt-get install chromium, or open report.html on another machine: it is one file"
        return Check("browser", "note", "none found", do)
    return Check("browser", "ok", found)


CHECKS: tuple[Callable[[], Check], ...] = (versions, device, cores, memory, disk, hub, embedded, browser)
