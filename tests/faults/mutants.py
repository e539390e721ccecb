"""
Changes the code at random places and sees whether a test notices: ``make mutants``.

A mutant is the package with one place changed: ``<`` is ``<=``, ``and`` is ``or``, a number is
another.  Each is tried with the tests that run its line, quickest first, as coverage noted them.
Those that no test notices are printed: a law is missing, or the change means the same.

It changes the files of the folder that it is started in, and brings each back.
"""

from __future__ import annotations

import ast
import difflib
import random
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import attrs
import click
from cosmic_ray.ast import get_ast
from cosmic_ray.mutating import MutationVisitor
from cosmic_ray.plugins import get_operator
from coverage import CoverageData

PARTS = ("scitex/db/domain", "scitex/db/services", "scitex/db/adapters/sql")
_REPLACED = (
    "ComparisonOperator_Eq_NotEq ComparisonOperator_NotEq_Eq ComparisonOperator_Lt_LtE "
    "ComparisonOperator_LtE_Lt ComparisonOperator_Gt_GtE ComparisonOperator_GtE_Gt "
    "ComparisonOperator_Is_IsNot ComparisonOperator_IsNot_Is BinaryOperator_Add_Sub "
    "BinaryOperator_Sub_Add BinaryOperator_Mul_FloorDiv BinaryOperator_FloorDiv_Mul "
    "BinaryOperator_Mod_Mul BinaryOperator_BitOr_BitAnd BinaryOperator_BitAnd_BitOr "
    "UnaryOperator_Delete_Not UnaryOperator_Delete_USub TrueWithFalse FalseWithTrue AndWithOr "
    "OrWithAnd BreakWithContinue ContinueWithBreak"
)
_OTHERS = ("AddNot", "NumberReplacer", "ZeroIterationForLoop", "ExceptionReplacer")
KINDS = [
    get_operator(f"core/{name}")
    for name in [*(f"Replace{name}" for name in _REPLACED.split()), *_OTHERS]
]
AT_ONCE = 40  # tests that one process runs before the next ones are tried
SLOWEST = 20.0  # seconds; a test that takes longer is left out


@attrs.frozen
class Mutant:
    """
    A module with one place changed.

    Attributes
    ----------
    path : Path
    line : int
        The first line that differs.
    before, after : str
        The whole text.
    """

    path: Path
    line: int
    before: str
    after: str

    @property
    def told(self) -> str:
        """The change, as a diff of a line."""
        lines = difflib.unified_diff(self.before.splitlines(), self.after.splitlines(), n=0)
        change = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
        return f"{self.path}:{self.line}\n  " + "\n  ".join(change)


class _Bare(ast.NodeTransformer):
    """Takes away what is never run: annotations and docstrings."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        """Take a parameter's."""
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Take what a function says that it returns."""
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Take a variable's."""
        node.annotation = ast.Constant(value=0)
        return self.generic_visit(node)


def _means(text: str) -> str:
    return ast.dump(_Bare().visit(ast.parse(text)))


def mutants_of(path: Path, chance: random.Random) -> Iterator[Mutant]:
    """Give the mutants of a module that differ in what is run, in any order."""
    before = path.read_text()
    tree, meant = get_ast(before), _means(before)
    every = [(kind, place) for kind in KINDS for place in range(_places(tree, kind()))]
    for kind, place in chance.sample(every, len(every)):
        after = MutationVisitor.mutate_code(before, kind(), place)
        try:
            differs = after is not None and _means(after) != meant
        except SyntaxError:  # a star of a signature is no product
            continue
        if differs:
            pairs = zip(before.splitlines(), after.splitlines(), strict=False)
            line = next(n for n, (one, other) in enumerate(pairs, 1) if one != other)
            yield Mutant(path, line, before, after)


def _places(tree: Any, operator: Any) -> int:
    """Count the places that an operator changes: none is the one before the first."""
    visitor = MutationVisitor(-1, operator)
    visitor.walk(tree)
    return int(visitor._count)


def drawn(sample: int, seed: int) -> list[Mutant]:
    """Draw mutants, each line of code as likely as another."""
    chance = random.Random(seed)
    paths = [path for part in PARTS for path in sorted(Path(part).rglob("*.py"))]
    lengths = [len(path.read_text().splitlines()) for path in paths]
    wanted = Counter(chance.choices(paths, lengths, k=sample))
    found = [islice(mutants_of(path, chance), count) for path, count in sorted(wanted.items())]
    return [mutant for some in found for mutant in some]


@attrs.frozen
class Tests:
    """
    Which tests run a line, as a run of the suite under `coverage` noted it.

    Attributes
    ----------
    data : coverage.CoverageData
    seconds : dict
        How long a test took, by its name without its module's folders.
    """

    data: CoverageData
    seconds: dict[str, float]

    @classmethod
    def read(cls, coverage: Path, report: Path) -> Tests:
        """Read what was noted, and how long each test took."""
        data = CoverageData(str(coverage))
        data.read()
        cases = ET.parse(report).iter("testcase")  # noqa: S314 - written by pytest, here
        seconds = {
            f"{case.get('classname')}::{case.get('name')}": float(case.get("time", 0))
            for case in cases
        }
        return cls(data, seconds)

    def of(self, mutant: Mutant) -> list[str]:
        """Return the tests that run a mutant's line, quickest first."""
        lines = self.data.contexts_by_lineno(str(mutant.path))
        noted = {name.rsplit("|", 1)[0] for name in lines.get(mutant.line, []) if name}
        if not noted:  # it runs when the module is loaded: whoever uses the module may notice
            noted = {n.rsplit("|", 1)[0] for names in lines.values() for n in names if n}
        return sorted(
            (name for name in noted if self.took(name) < SLOWEST),
            key=lambda name: (self.took(name), name),
        )

    def took(self, name: str) -> float:
        """Return how long a test took, in seconds."""
        place, _, rest = name.partition("::")
        *kinds, test = re.split(r"::(?![^\[]*\])", rest)
        where = ".".join([place.removesuffix(".py").replace("/", "."), *kinds])
        return self.seconds.get(f"{where}::{test}", SLOWEST)


def survives(mutant: Mutant, names: list[str], tests: Tests) -> bool:
    """Run tests on a mutant, some at a time; say whether all of them passed, in a decent time."""
    mutant.path.write_text(mutant.after)
    some = [names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE)]
    try:
        return all(_pass(each, 30 + 10 * sum(map(tests.took, each))) for each in some)
    finally:
        mutant.path.write_text(mutant.before)


def _pass(tests: list[str], seconds: float) -> bool:
    words = ["-m", "pytest", "-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [sys.executable, *words, *tests],
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


@click.command()
@click.argument("coverage", type=Path)
@click.argument("report", type=Path)
@click.option("--sample", default=300, show_default=True, help="How many mutants.")
@click.option("--seed", default=0, show_default=True, help="Another one draws others.")
@click.option("--most", default=400, show_default=True, help="Tests of a mutant, at most.")
def main(coverage: Path, report: Path, sample: int, seed: int, most: int) -> None:
    """Draw mutants, run the tests that COVERAGE names for each, and print who survives."""
    tests = Tests.read(coverage, report)
    killed = lived = alone = 0
    for mutant in drawn(sample, seed):
        names = tests.of(mutant)[:most]
        if not names:
            alone += 1
            click.echo(f"NOT RUN {mutant.told}")
        elif survives(mutant, names, tests):
            lived += 1
            click.echo(f"SURVIVED {len(names)} tests: {mutant.told}")
        else:
            killed += 1
        click.echo(f"{killed} killed, {lived} survived, {alone} not run", err=True)
    click.echo(f"{killed} of {killed + lived + alone} mutants were noticed")


if __name__ == "__main__":
    main()
