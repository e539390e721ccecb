"""The program: its commands, loaded when they are asked for, and how it tells what went wrong."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from typing import Any

import click

from scitex.db.domain.addresses import masked
from scitex.db.domain.errors import Error

# Each command and the module that it is in; `--help` shows the short text beside it, so that
# listing the commands loads none of them.
COMMANDS: dict[str, tuple[str, str]] = {
    "tables": ("looking", "List the tables."),
    "schema": ("looking", "Show the SQL that makes the tables."),
    "rows": ("records", "Show records of a table."),
    "query": ("records", "Run a statement of SQL."),
    "insert": ("records", "Store records given as JSON."),
    "import": ("records", "Store the records of a CSV file."),
    "export": ("records", "Write a table or a query as CSV."),
    "indexes": ("looking", "List the indexes."),
    "create-index": ("looking", "Make an index."),
    "search": ("records", "Find records by the words in them."),
    "stats": ("looking", "Tell how large everything is."),
    "summary": ("looking", "Show a database on one screen."),
    "inspect": ("looking", "Describe a table: columns, rules, indexes, triggers."),
    "diagram": ("looking", "Draw the tables and what refers to what."),
    "profile": ("looking", "Measure what the columns of a table hold."),
    "explain": ("looking", "Tell how a statement would be carried out."),
    "doctor": ("upkeep", "Examine a database, and mend what can be mended."),
    "dedupe": ("records", "Tell, or remove, records that say the same."),
    "backup": ("backups", "Write a backup, and let old ones go."),
    "restore": ("backups", "Put a backup in the place of what is there."),
    "verify": ("backups", "Prove a backup by restoring it elsewhere."),
    "prune": ("backups", "Let old backups go."),
    "copy": ("upkeep", "Copy tables from one database to another, of any engine."),
    "sync": ("syncing", "Make two databases agree: a laptop's file and the lab's server."),
    "diff": ("looking", "Compare the schemas of two databases."),
    "fingerprint": ("looking", "Hash what is stored; the same on every engine."),
    "runs": ("runs", "List, show and report the runs of experiments."),
    "completion": ("completing", "Print what makes the shell complete these commands."),
}
_FUNCTIONS = {"import": "import_", "create-index": "create_index"}


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
        command: click.Command = getattr(module, _FUNCTIONS.get(cmd_name, cmd_name))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands, none of them loaded."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, short) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what goes wrong is told in words, and the exit code is 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Whoever read the output has enough, as `head` has.  Nothing more is written, at the
            # end of the program neither; the shell is told what it is told of other programs.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(128 + signal.SIGPIPE)
        except click.ClickException as error:
            raise _masked(error) from None
        except (Error, OSError) as error:
            if ctx.params.get("debug"):
                raise
            raise click.ClickException(masked(_told(error))) from error
        except UnicodeError as error:
            if ctx.params.get("debug"):
                raise
            raise click.ClickException(_unspelt(error)) from error


def _masked(error: click.ClickException) -> click.ClickException:
    """Return an error without the password of a URL that was typed in another word's place."""
    text = error.format_message()
    told = masked(text)
    if told == text:
        return error
    if isinstance(error, click.UsageError):
        return click.UsageError(told, error.ctx)
    return click.ClickException(told)


def _told(error: Error | OSError) -> str:
    """Tell an error on one line, with what to do about it."""
    if isinstance(error, Error):
        hint = f" ({error.hint})" if error.hint else ""
        return "; ".join(f"{error.message}{hint}".splitlines())
    if error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error)


def _unspelt(error: UnicodeError) -> str:
    """Tell which text could not be read, or written, and what helps."""
    if isinstance(error, UnicodeEncodeError):
        letter = error.object[error.start]
        return (
            f"the output is in {error.encoding}, which has no {letter!a} "
            "(set PYTHONIOENCODING=utf-8)"
        )
    return f"the input is not UTF-8: {error} (convert it first, as iconv does)"


_MORE = """\b
Examples:
  scitex-db tables my_data.db
  scitex-db rows my_data.db users --where "score > 80" --json
  export DATABASE_URL=postgresql://me@lab/results; scitex-db tables

\b
Exit codes:
  0    done
  1    it could not be done; the reason is on one line (--debug for all)
  2    the words after the command are not as they should be
  3    it is done, and something was found: errors (doctor), differences (diff, sync --verify)
"""


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_MORE,
)
@click.version_option(package_name="scitex-db", prog_name="scitex-db")
@click.option("--debug", is_flag=True, help="Show where in the code an error comes from.")
def program(*, debug: bool) -> None:
    """
    Work with SQLite and PostgreSQL from the command line.

    A DATABASE is a path or a URL: my_data.db, postgresql://user@host/dbname. Where DATABASE_URL
    is set, it may be left out. A password is best kept out of the command: in ~/.pgpass, or in
    PGPASSWORD.
    """


if __name__ == "__main__":
    program()
