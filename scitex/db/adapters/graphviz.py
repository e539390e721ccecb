"""Graphviz's program `dot`, where it is installed."""

from __future__ import annotations

import shutil
import subprocess

from scitex.db.domain.errors import OperationalError

_INSTALL = "install graphviz: apt install graphviz, brew install graphviz, conda install graphviz"
_SECONDS = 300


class Graphviz:
    """The program on this machine's PATH."""

    def render(self, dot: str, format: str) -> bytes:
        program = shutil.which("dot")
        if program is None:
            raise OperationalError(
                f"drawing a {format.upper()} takes graphviz, and its program `dot` is not here",
                hint=_INSTALL,
            )
        sharp = ["-Gdpi=144"] if format == "png" else []
        try:
            done = subprocess.run(  # noqa: S603 - no shell, and the text goes in by stdin
                [program, f"-T{format}", *sharp],
                input=dot.encode(),
                capture_output=True,
                check=False,
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise OperationalError(
                f"graphviz did not draw it in {_SECONDS} seconds",
                hint='draw fewer tables: tables=[...], or columns="none"',
            ) from error
        if done.returncode or not done.stdout:
            told = (
                done.stderr.decode(errors="replace").strip() or f"it ended with {done.returncode}"
            )
            raise OperationalError(f"graphviz could not draw it: {told}")
        return done.stdout
