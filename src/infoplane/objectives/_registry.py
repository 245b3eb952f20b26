"""Objectives by name."""

from typing import Any

from infoplane._errors import InputError, one_line
from infoplane.objectives._cross_entropy import CrossEntropy
from infoplane.objectives._objective import Objective

OBJECTIVES: dict[str, type[Objective]] = {one.name: one for one in (CrossEntropy,)}


def make_objective(name: str, **settings: Any) -> Objective:
    """The objective called `name`; InputError for a name there is not and for settings that it does not take."""
    if name not in OBJECTIVES:
        raise InputError(one_line(f"objective {name!r}", f"one of {', '.join(OBJECTIVES)}", "use one of these"))
    try:
        return OBJECTIVES[name](**settings)
    except TypeError:
        came = f"objective {name} with {', '.join(settings)}"
        known = OBJECTIVES[name].__init__.__code__.co_varnames[1:]
        raise InputError(one_line(came, f"some of {', '.join(known) or 'nothing'}", "leave the others out")) from None
