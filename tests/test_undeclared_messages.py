"""The migration lists exactly the team's errors whose messages the API no longer shows."""

from __future__ import annotations

from pathlib import Path

from tests.programs import ROOT, commit_all, git
from tests.test_into_the_kit import run

ERRORS = "src/service/domain/errors.py"
CODES = '''
import service.domain.errors
from service.domain.errors import DomainError


class InvalidCodeError(ValueError):
    """A team's error that validation reports."""


class LongCodeError(InvalidCodeError):
    """The same by inheritance."""


class DeclaredError(ValueError):
    """Its message is fixed."""

    public_message = "The code isn't valid."


class InheritedError(service.domain.errors.DomainError, ValueError):
    """DomainError declares its message."""


class UnknownCodeError(DomainError):
    """Validation doesn't report it."""
'''


def test_errors_are_listed_by_file_and_line(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    for path, text in {
        ERRORS: (ROOT / "template" / ERRORS).read_text(encoding="utf-8"),
        "src/service/domain/codes.py": CODES,
        "src/service/domain/broken.py": "class (",
        "tests/test_codes.py": "class TestError(ValueError): ...\n",
    }.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    commit_all(tmp_path, "The team's")

    found = [
        (each.path, each.line, each.text.split("`")[1])
        for each in run(tmp_path, "undeclared-messages")
    ]

    codes = "src/service/domain/codes.py"
    assert found == [(codes, 6, "public_message"), (codes, 10, "public_message")]
