"""Every command of `python3 dev.py add`, in services of both scaffolds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import exhaustive
from tests.answers import Answers
from tests.combinations import ALL_STACKS, STACKS, covering_subset
from tests.conftest import Render
from tests.generators import COMMANDS, Result, add, code_of
from tests.programs import commit_all, git, run
from tests.service_checks import assert_passes, environment
from tests.test_local import set_up

SCAFFOLDS = ("sample", "empty")
CASES = dict(covering_subset())
NOTHING = "Nothing to change"


def run_all(service: Path, scaffold: str, stacks: set[str]) -> list[str]:
    """Run every command that the stacks allow, each twice, and return the touched files."""
    before = code_of(service)
    for command in COMMANDS:
        earlier = code_of(service)
        first = add(service, command.line)
        if command.stacks - stacks:
            assert_rejected(first, command.line)
            assert code_of(service) == earlier
            continue
        assert (first.code, first.error) == (0, ""), command.line
        assert ("insert by hand" in first.output) is (scaffold in command.by_hand), command.line
        assert NOTHING not in first.output
        made = code_of(service)
        again = add(service, command.line)
        assert NOTHING in again.output, (command.line, again)
        assert code_of(service) == made
    after = code_of(service)
    for path, text in before.items():
        if not path.startswith("tests/"):
            assert_keeps_comments(text, after[path])
    return [path for path, text in after.items() if before.get(path) != text]


def assert_rejected(result: Result, line: str) -> None:
    """Assert that a command printed one line that names another command, and failed."""
    assert result.code == 1, line
    assert result.error.count("\n") == 1, result
    assert "`python3 dev.py " in result.error, result


def assert_keeps_comments(before: str, after: str) -> None:
    """Assert that each comment and docstring is still there, in the same order."""
    remaining = iter(after.splitlines())
    for line in before.splitlines():
        if "#" in line or '"""' in line:
            assert line in remaining, line


def assert_clean(service: Path, touched: list[str]) -> None:
    """Assert that the linter and the touched unit tests pass."""
    units = [path for path in touched if path.startswith("tests/unit/")]
    for command in (
        ["ruff", "format", "--check", *touched],
        ["ruff", "check", *touched],
        ["pytest", "-q", "-p", "no:cacheprovider", *units],
    ):
        result = run(service, *command, environment=environment())
        assert result.returncode == 0, result.stdout


@pytest.fixture(scope="module", params=SCAFFOLDS)
def made(request: pytest.FixtureRequest, render: Render) -> tuple[Path, list[str]]:
    """A service after all commands, and the changed files."""
    service = render({"stacks": list(ALL_STACKS), "scaffold": request.param})
    return service, run_all(service, request.param, set(ALL_STACKS))


def test_added_code_passes_the_linter_and_its_tests(made: tuple[Path, list[str]]) -> None:
    assert_clean(*made)


# The sample's files are edited in more ways.
@pytest.mark.parametrize("made", exhaustive.all_but(["sample"], SCAFFOLDS), indirect=True)
def test_added_code_is_typed(made: tuple[Path, list[str]]) -> None:
    service, touched = made

    result = run(service, "mypy", *touched, environment=environment())

    assert result.returncode == 0, result.stdout


@exhaustive.MARK
def test_a_service_with_everything_passes_its_checks(made: tuple[Path, list[str]]) -> None:
    """This includes the controls, which need a synthesis with the real bundle."""
    service, _ = made
    git(service, "init", "--quiet", "--initial-branch", "main")
    commit_all(service, "Added code")
    set_up(service)
    assert_passes(service, "check")


@exhaustive.MARK
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("scaffold", SCAFFOLDS)
def test_every_command_works_or_names_a_missing_dependency(
    name: str, scaffold: str, render: Render
) -> None:
    # A short name, because a function's name contains it and the commands have the longest names.
    service = render({**CASES[name], "service_name": "orders", "scaffold": scaffold})
    touched = run_all(service, scaffold, stacks_of(CASES[name]))
    assert_clean(service, touched)
    assert_passes(service, "types", "imports", "infrastructure")


def stacks_of(answers: Answers) -> set[str]:
    chosen = answers["stacks"]
    assert isinstance(chosen, list)
    return set(chosen)


NAMES = st.sampled_from(
    ["invoice", "unpaid-invoice", "UnpaidInvoice", "get_invoice", "health", "class", "S3Import"]
)
TRIGGERS = st.sampled_from(
    [
        '"GET /invoices"',
        '"GET /invoices/{id}"',
        '"POST /invoices/{number}"',
        '"GET /health"',
        "queue:submissions",
        "queue:unpaid-invoice",
        "topic:notifications",
        'event:"Invoice Paid"',
        'event:"Processing Request"',
        'schedule:"rate(1 day)"',
        'schedule:"daily"',
        "task:processing",
        "bucket:reports",
        "stream:records",
        'webhook:"POST /hooks"',
    ]
)
OPTIONS = st.sampled_from(["", " --stack storage", " --stack api", " --dry-run"])
FUNCTIONS = st.builds("function {} --on {}{}".format, NAMES, TRIGGERS, OPTIONS)
RESOURCES = st.builds("{} {}".format, st.sampled_from(["queue", "topic", "table"]), NAMES)
LINES = st.lists(FUNCTIONS | RESOURCES, min_size=1, max_size=6)


@pytest.fixture(scope="module", params=SCAFFOLDS)
def plain(request: pytest.FixtureRequest, render: Render) -> Path:
    """A service to copy."""
    return render({"stacks": list(STACKS), "scaffold": request.param})


@exhaustive.MARK
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(lines=LINES)
def test_any_sequence_of_commands_leaves_a_clean_service(
    lines: list[str], plain: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A command succeeds or prints one line and changes nothing; again, it changes nothing."""
    service = tmp_path_factory.mktemp("sequence") / "service"
    kept = shutil.ignore_patterns("kit", "docs", ".github", "__pycache__")
    shutil.copytree(plain, service, ignore=kept)
    for line in lines:
        before = code_of(service)
        result = add(service, line)
        after = code_of(service)
        assert result.code in {0, 1}, (line, result)
        if result.code:
            assert result.error.count("\n") == 1, result
            assert after == before, line
            continue
        again = add(service, line)
        assert (again.code, code_of(service)) == (0, after), (line, again)
        if "--dry-run" in line:
            assert after == before
    for command in (["ruff", "check"], ["ruff", "format", "--check"]):
        checked = run(service, *command, environment=environment())
        assert checked.returncode == 0, checked.stdout
