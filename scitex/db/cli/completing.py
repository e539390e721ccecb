"""The command that lets a shell complete the others."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from scitex.db.cli.databases import command


@command(
    "Print what makes the shell complete these commands.",
    """
    completion bash > ~/.local/share/bash-completion/completions/scitex-db
    completion zsh > ~/.zfunc/_scitex-db
    completion fish > ~/.config/fish/completions/scitex-db.fish
    """,
    on_database=False,
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(*, shell: str) -> None:
    """Print what SHELL runs to complete the commands and options of scitex-db."""
    from scitex.db.cli.program import program

    made = get_completion_class(shell)
    if made is None:  # pragma: no cover - click has these three
        raise click.ClickException(f"{shell} is not known")
    click.echo(made(program, {}, "scitex-db", "_SCITEX_DB_COMPLETE").source())
