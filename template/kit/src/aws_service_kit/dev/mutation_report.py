"""Verify that the domain's tests detect changes of its code, by mutation testing.

Some changes are equivalent: the code's behaviour is the same. The team explains these in
tests/unit/domain/equivalent_mutants.toml. Any other undetected change fails the run.
"""

import argparse
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from aws_service_kit.dev.mutmut_runner import TESTS, Mutant, MutantsError, MutationResult, run
from aws_service_kit.project import ROOT

EXPLANATIONS = TESTS / "equivalent_mutants.toml"

UNEXPLAINED = f"""\
No test detected these changes. Test the changed behaviour, or simplify the code.
If the behaviour is the same, add the block with a reason to {EXPLANATIONS.as_posix()}:"""
UNUSED = f"These changes don't survive, so delete them in {EXPLANATIONS.as_posix()}:"


class Explanation(BaseModel):
    """The reason why a mutant is equivalent.

    Attributes:
        module: The mutant's module.
        change: The mutant's change; indentation and empty lines don't matter.
        why: The team's reason.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    module: str
    change: str
    why: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

    def fits(self, mutant: Mutant) -> bool:
        """Return whether this explains a mutant."""
        return self.module == mutant.module and bare(self.change) == bare(mutant.change)


class Explanations(BaseModel):
    """The explanations in the team's file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    equivalent: list[Explanation] = []


def bare(change: str) -> list[str]:
    """Return a diff's lines without indentation."""
    lines = (line.strip() for line in change.splitlines())
    return [f"{line[0]} {line[1:].strip()}" for line in lines if line]


def read_explanations(file: Path) -> list[Explanation]:
    """Return the team's explanations; none without the file.

    Raises:
        MutantsError: The file isn't TOML, or an explanation lacks its reason.
    """
    if not file.exists():
        return []
    try:
        return Explanations(**tomllib.loads(file.read_text(encoding="utf-8"))).equivalent
    except tomllib.TOMLDecodeError as error:
        raise MutantsError(f"{EXPLANATIONS.as_posix()}: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise MutantsError(f"{EXPLANATIONS.as_posix()}: {where}: {first['msg']}") from None


def report(
    result: MutationResult, explanations: Sequence[Explanation], modules: Sequence[str] = ()
) -> tuple[str, bool]:
    """Return the report of a run.

    Args:
        result: The result of the run.
        explanations: The team's explanations.
        modules: The tested modules; empty for all.

    Returns:
        The text to print, and whether the run succeeded.
    """
    about = [one for one in explanations if not modules or one.module in modules]
    unexplained = [
        mutant for mutant in result.survivors if not any(one.fits(mutant) for one in about)
    ]
    unused = [one for one in about if not any(map(one.fits, result.survivors))]
    survived = len(result.survivors)
    parts = [
        f"{result.killed + survived} small changes of the domain: {result.killed} killed by a"
        f" test, {survived} survived, {survived - len(unexplained)} of them explained."
    ]
    if unexplained:
        parts.append(UNEXPLAINED)
        parts += [f"# {one.status}\n{block(one.module, one.change)}" for one in unexplained]
    if unused:
        parts.append(UNUSED)
        parts += [block(one.module, one.change) for one in unused]
    return "\n\n".join(parts), not unexplained and not unused


def block(module: str, change: str) -> str:
    """Return an explanation without a reason."""
    lines = ["[[equivalent]]", f'module = "{module}"', "change = '''", change.strip("\n"), "'''"]
    return "\n".join([*lines, 'why = ""'])


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Run the mutation tests and print the report.

    Args:
        arguments: The command line's.
        root: The project's folder; this project's by default.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="python3 dev.py mutate", description=__doc__)
    parser.add_argument("modules", nargs="*", help="below service.domain, such as cpf")
    modules: list[str] = parser.parse_args(arguments).modules
    try:
        explanations = read_explanations(root / EXPLANATIONS)
        text, done = report(run(root, modules), explanations, modules)
    except MutantsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(text)
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
