"""Run mutmut on the domain: mutmut makes small changes of the code, and runs the tests for each.

The run uses a temporary copy, so it leaves no files and doesn't depend on an earlier run. mutmut
changes the bodies of functions and methods without decorators, but not constants.
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

# Hypothesis' profile `ci` draws the same examples every time and has no deadline.
SETTINGS = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = {paths}
also_copy = ["pytest.ini"]
pytest_add_cli_args = ["--hypothesis-profile=ci"]
pytest_add_cli_args_test_selection = ["{tests}"]
"""

# Statuses of a detected change: a test fails, or the changed code doesn't end.
KILLED = frozenset({"killed", "timeout"})


class MutantsError(Exception):
    """mutmut can't run; the message contains its output or that of the tests."""


@dataclass(frozen=True)
class Mutant:
    """A mutant: one small change of the code.

    Attributes:
        module: The module below `service.domain`, such as `cpf`.
        change: The removed and added lines, as in a diff.
        status: mutmut's status.
    """

    module: str
    change: str
    status: str


@dataclass(frozen=True)
class MutationResult:
    """The result of a run.

    Attributes:
        killed: The number of mutants that a test detected.
        survivors: The mutants that no test detected.
    """

    killed: int
    survivors: tuple[Mutant, ...]


def run(root: Path, modules: Collection[str] = ()) -> MutationResult:
    """Test all mutants of the domain's code.

    Args:
        root: The project's folder.
        modules: Modules below `service.domain`, such as `cpf`; all of them by default.

    Raises:
        MutantsError: A module doesn't exist, the tests fail without changes, or no test runs the
            code.
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
        survivors = {name: status for name, status in statuses.items() if status not in KILLED}
        return MutationResult(
            killed=len(statuses) - len(survivors),
            survivors=tuple(describe(folder, *survivor) for survivor in survivors.items()),
        )


def copy_project(root: Path, folder: Path, *, only: list[str]) -> None:
    """Copy the code and its tests, and write mutmut's settings."""
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
    """Return a mutant with its change."""
    module = name.rpartition(".")[0].removeprefix(PACKAGE)
    shown = mutmut(folder, "show", name).splitlines()
    changed = [line for line in shown if line[:1] in {"-", "+"} and line[:3] not in {"---", "+++"}]
    return Mutant(module, "\n".join(changed), status)


def mutmut(folder: Path, *arguments: str) -> str:
    """Run mutmut in a folder and return its output.

    Raises:
        MutantsError: It failed.
    """
    program = Path(sys.executable).with_name("mutmut")
    result = subprocess.run(  # noqa: S603 - this module's program and arguments
        [program, *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    if result.returncode:
        # mutmut prints a spinner before the message.
        raise MutantsError(result.stdout.rpartition("\r")[2].strip())
    return result.stdout
