"""The command line: one file a command, each of them options in, one call, one result out."""

from infoplane._cli._main import main

__all__ = ["main"]
