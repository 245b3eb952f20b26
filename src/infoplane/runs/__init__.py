"""What a run leaves behind: its directory, its numbers and the states it read; killed at any moment, it continues."""

from infoplane.runs._files import sync, write_atomic, writing
from infoplane.runs._ledger import COORDINATES, FIELDS, Ledger
from infoplane.runs._run import Run
from infoplane.runs._state_store import StateStore

__all__ = ["COORDINATES", "FIELDS", "Ledger", "Run", "StateStore", "sync", "write_atomic", "writing"]
