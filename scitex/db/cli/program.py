"""The program: its commands, loaded when they are asked for, and how it tells what went wrong."""

from __future__ import annotations

import importlib
from typing import Any

import click

from scitex.db.domain.errors import Error

# Each command and the module that it is in; `--help` shows the short text beside it, so that
# listing the commands loads none of them.
COMMANDS = {
    "backup": ("backups", "Write a backup, and let old ones go."),
    "sync": ("syncing", "Make two databases agree: a laptop's file and the lab's server."),
}


class Commands(click.Group):
    """A group whose commands are loaded one at a time."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Name the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load a command by its name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"scitex.db.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands, none of them loaded."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, short) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what goes wrong is told in words, and the exit code is 1."""
        try:
            return super().invoke(ctx)
        except (Error, OSError) as error:
            if ctx.params.get("debug"):
                raise
            raise click.ClickException(_told(error)) from error


def _told(error: Error | OSError) -> str:
    if isinstance(error, OSError) and not isinstance(error, Error) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="scitex-db", prog_name="scitex-db")
@click.option("--debug", is_flag=True, help="Show where in the code an error comes from.")
def program(*, debug: bool) -> None:
    """
    Work with SQLite and PostgreSQL from the command line.

    A DATABASE is a path or a URL: my_data.db, postgresql://user@host/dbname.
    """


if __name__ == "__main__":
    program()
