"""Run mutmut over the domain: it changes the code in one small way and runs the tests, many times.

It works in a temporary copy, so a run leaves nothing behind and knows nothing of the one before.
mutmut changes the bodies of functions and methods, but not of decorated ones, nor constants.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

DOMAIN = Path("src", "service", "domain")
TESTS = Path("tests", "unit", "domain")
PACKAGE = "service.domain."

# Hypothesis' profile `ci` draws the same examples every time, and has no deadline to miss.
SETTINGS = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = {paths}
also_copy = ["pytest.ini"]
pytest_add_cli_args = ["--hypothesis-profile=ci"]
pytest_add_cli_args_test_selection = ["{tests}"]
"""

# A test fails, or the change makes the code run for ever.
NOTICED = frozenset({"killed", "timeout"})


class MutantsError(Exception):
    """mutmut can't run; the message holds its own words, or the tests'."""


@dataclass(frozen=True)
class Mutant:
    """A small change of the code.

    Attributes:
        module: Where, below `service.domain`, such as `cpf`.
        change: The lines that it takes away and those that it puts there, as a diff has them.
        status: In mutmut's words.
    """

    module: str
    change: str
    status: str


@dataclass(frozen=True)
class Outcome:
    """What became of the mutants.

    Attributes:
        noticed: How many a test noticed.
        survivors: Those that no test noticed.
    """

    noticed: int
    survivors: tuple[Mutant, ...]


def run(root: Path, modules: Collection[str] = ()) -> Outcome:
    """Change the domain's code in every way that mutmut knows, and run its tests each time.

    Args:
        root: The project's folder.
        modules: Modules below `service.domain`, such as `cpf`; all of them by default.

    Raises:
        MutantsError: There is no such module, the tests fail as it is, or none runs the code.
    """
    paths = [(DOMAIN / f"{module.replace('.', '/')}.py").as_posix() for module in modules]
    missing = [path for path in paths if not (root / path).is_file()]
    if missing:
        raise MutantsError(f"There is no {', '.join(missing)}.")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        copy_project(root, folder, only=paths or [f"{DOMAIN.as_posix()}/*"])
        mutmut(folder, "run")
        statuses = dict(results(folder))
        survivors = {name: status for name, status in statuses.items() if status not in NOTICED}
        return Outcome(
            noticed=len(statuses) - len(survivors),
            survivors=tuple(describe(folder, *survivor) for survivor in survivors.items()),
        )


def copy_project(root: Path, folder: Path, *, only: list[str]) -> None:
    """Copy the code and its tests, with mutmut's settings."""
    without_caches = shutil.ignore_patterns("__pycache__")
    for part in ("src", "tests"):
        shutil.copytree(root / part, folder / part, ignore=without_caches)
    shutil.copy(root / "pytest.ini", folder)
    settings = SETTINGS.format(paths=only, tests=TESTS.as_posix())
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")


def results(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the status of every mutant."""
    for line in mutmut(folder, "results", "--all", "true").splitlines():
        name, _, status = line.strip().rpartition(": ")
        if name.startswith(PACKAGE):
            yield name, status


def describe(folder: Path, name: str, status: str) -> Mutant:
    """Look up what a mutant changed."""
    module = name.rpartition(".")[0].removeprefix(PACKAGE)
    shown = mutmut(folder, "show", name).splitlines()
    changed = [line for line in shown if line[:1] in {"-", "+"} and line[:3] not in {"---", "+++"}]
    return Mutant(module, "\n".join(changed), status)


def mutmut(folder: Path, *arguments: str) -> str:
    """Run mutmut in a folder and return what it printed.

    Raises:
        MutantsError: It failed.
    """
    program = Path(sys.executable).with_name("mutmut")
    result = subprocess.run(  # noqa: S603 - the program and its arguments are this module's own
        [program, *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    if result.returncode:
        # What comes before is its spinner.
        raise MutantsError(result.stdout.rpartition("\r")[2].strip())
    return result.stdout
