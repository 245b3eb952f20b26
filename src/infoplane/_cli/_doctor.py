"""infoplane doctor"""

from infoplane._cli._options import Json, UnusedSeed
from infoplane._cli._output import Result, progress
from infoplane._cli._tables import plain_table

NAME = "doctor"
EXAMPLE = "infoplane doctor"


def run(seed: UnusedSeed = 0, as_json: Json = False) -> Result:  # noqa: ARG001 - every command takes it
    """Look whether everything infoplane needs is there, and say what to do where it is not."""
    from infoplane._cli._checks import CHECKS

    with progress() as told:
        found = []
        for done, check in enumerate(CHECKS):
            told("checking", done, len(CHECKS))
            found.append(check())
    healthy = all(check.state != "fail" for check in found)
    document = {"healthy": healthy, "checks": [check.as_dict() for check in found]}
    lines = [(check.name, check.state, check.found, check.do) for check in found]
    table = plain_table("infoplane doctor", ("what", "state", "found", "what to do"), lines)
    return Result(as_json, document, [table], code=0 if healthy else 2)
