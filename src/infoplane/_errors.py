"""Every error a user can cause, printed as one line and without a traceback.

InfoplaneError
├── InputError      a file, column, text, option or selection is not what was expected
│   ├── ModelError  a model cannot be loaded or gives no finite states
│   └── TaskError   a task cannot be loaded or has nothing to measure
└── RunError        a run directory cannot be opened, continued or written
    └── RunBusyError  another process writes it
"""


class InfoplaneError(Exception):
    """Base of all errors of infoplane; the command line prints it and exits with code 2."""


class InputError(InfoplaneError, ValueError):
    """What was given is not what was expected."""


class ModelError(InputError):
    """A model cannot be loaded, or what it computes cannot be used."""


class TaskError(InputError):
    """A task cannot be loaded, or holds nothing that can be measured."""


class RunError(InfoplaneError):
    """A run directory cannot be opened, continued or written."""


class RunBusyError(RunError):
    """A run directory is being written by another process, and will be free when that ends."""


def one_line(came: object, expected: str, do: str) -> str:
    """The sentence every error is made of: what came, what was expected, what to do."""
    return " ".join(f"{came}: expected {expected}; {do}.".split())
