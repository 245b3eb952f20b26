"""Functions compiled on first use, and kept on disk where a folder for it can be written."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])

# No NaN reaches a kernel, so maxima may become vector instructions; infinity marks an empty place and stays exact.
_OPTIONS: dict[str, Any] = {"fastmath": {"nnan", "nsz"}, "nogil": True, "error_model": "numpy"}


def compiled(function: F) -> F:
    """`function` by numba; without a writable folder for its cache it is compiled anew in every process."""
    try:
        return cast(F, numba.njit(cache=True, **_OPTIONS)(function))
    except RuntimeError:
        return cast(F, numba.njit(**_OPTIONS)(function))
