"""Work that is done once for a setting, however many methods ask for it."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from infoplane.methods._setting import Setting

Found = TypeVar("Found")


def once(work: "Callable[[Setting], Found]") -> "Callable[[Setting], Found]":
    """`work`, whose result is kept for as long as its setting is."""
    kept: WeakKeyDictionary[Setting, Found] = WeakKeyDictionary()

    @wraps(work)
    def kept_or_done(setting: "Setting") -> Found:
        if setting not in kept:
            kept[setting] = work(setting)
        return kept[setting]

    return kept_or_done
