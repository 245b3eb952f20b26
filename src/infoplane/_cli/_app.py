"""The commands, put together. Nothing heavy is imported before a command runs."""

import sys
from contextlib import redirect_stdout
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from infoplane._cli import (
    _audit,
    _compare,
    _demo,
    _distill,
    _doctor,
    _estimate,
    _finetune,
    _measure,
    _predict,
    _recover,
    _report,
    _show,
    _space,
    _sweep,
)
from infoplane._version import __version__

_HELP = "Measure where language models carry information: by layer, by decoding step, with interval, null and ceiling."
_ENVIRONMENT = (
    "Every option but the filters of show can be set in the environment: INFOPLANE_SEED for all commands, "
    "INFOPLANE_MEASURE_SEED for one. "
    "INFOPLANE_DEBUG=1 shows tracebacks. Exit codes: 0 done, 2 bad input, 130 interrupted, 1 a fault of infoplane."
)


class Command(TyperCommand):
    """A command that leaves standard output to its result: whatever libraries print goes to standard error."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; its Result is returned, not printed."""
        with redirect_stdout(sys.stderr):
            return super().invoke(ctx)


def command() -> Any:
    """The whole command line, every option with its environment variables."""
    app = typer.Typer(
        name="infoplane", help=_HELP, epilog=_ENVIRONMENT, pretty_exceptions_enable=False, invoke_without_command=True
    )
    app.callback()(_callback)
    for module in (
        _demo,
        _measure,
        _estimate,
        _predict,
        _compare,
        _finetune,
        _distill,
        _sweep,
        _recover,
        _audit,
        _show,
        _report,
        _doctor,
    ):
        app.command(module.NAME, cls=Command, epilog=f"Example: {module.EXAMPLE}")(module.run)
    space = typer.Typer(help="Build, look at and export task spaces: a direction for every label and layer.")
    for name, (function, example) in _space.COMMANDS.items():
        space.command(name, cls=Command, epilog=f"Example: {example}")(function)
    app.add_typer(space, name="space")
    built = typer.main.get_command(app)
    _name_variables(built, "INFOPLANE")
    return built


def _callback(
    ctx: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False
) -> None:
    if version:
        typer.echo(__version__)
    elif ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def _name_variables(command: Any, prefix: str) -> None:
    """Give every option INFOPLANE_<COMMAND>_<OPTION> and, after it, INFOPLANE_<OPTION>, unless it asks for none."""
    for option in command.params:
        if option.param_type_name == "option" and option.name not in ("help", "version"):
            word = max(option.opts, key=len).lstrip("-").replace("-", "_").upper()
            option.envvar = None if option.envvar == [] else [f"{prefix}_{word}", f"INFOPLANE_{word}"]
            option.show_envvar = False
    for name, below in getattr(command, "commands", {}).items():
        _name_variables(below, f"{prefix}_{name.upper()}")
