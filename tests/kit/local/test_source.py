"""Errors in the source are reported with file and line before a deployment."""

from pathlib import Path

import pytest
from aws_service_kit.local import deployment
from aws_service_kit.local.cloud import Cloud, LocalError
from aws_service_kit.local.emulator import Emulator
from aws_service_kit.local.source import missing_handler, require_valid_syntax

HANDLER = "service.handlers.health.handler"
STACK = """
class ApiStack:
    def __init__(self):
        Function(self, "Health", handler="service.handlers.health.handler")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "infrastructure/stacks/api.py", STACK)
    write(tmp_path, "src/service/handlers/health.py", "def handler(event, context): ...\n")
    return tmp_path


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "text", "printed"),
    [
        (
            "src/service/domain/a.py",
            "x = 1\ndef f(:\n",
            "src/service/domain/a.py:2: invalid syntax",
        ),
        ("infrastructure/stacks/b.py", "return 1\n", "stacks/b.py:1: 'return' outside function"),
        ("src/service/c.py", "  x = 1\n", "src/service/c.py:1: unexpected indent"),
        ("src/service/d.py", "x = '\n", "src/service/d.py:1: unterminated string literal"),
    ],
)
def test_a_syntax_error_is_reported_before_a_deployment(
    root: Path, path: str, text: str, printed: str
) -> None:
    require_valid_syntax(root)
    write(root, path, text)
    with pytest.raises(LocalError) as caught:
        deployment.deploy(Cloud(1), Emulator(root))
    assert printed in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("def other(): ...\n", "src/service/handlers/health.py has no `handler`"),
        ("def other():\n    handler = 1\n", "src/service/handlers/health.py has no `handler`"),
        ("def handler(): ...\n", None),
        ("from service.other import handler\n", None),
        ("import service.other as handler\n", None),
        ("handler = make()\n", None),
        ("if True:\n    handler = 1\nelse:\n    handler = 2\n", None),
        ("first, handler = pair()\n", None),
        ("from service.other import *\n", None),
        ("def __getattr__(name): ...\n", None),
    ],
)
def test_a_missing_handler_is_reported_with_the_line_in_the_stack(
    root: Path, text: str, printed: str | None
) -> None:
    write(root, "src/service/handlers/health.py", text)
    expected = printed and f"infrastructure/stacks/api.py:4: {printed}"
    assert missing_handler(root, HANDLER) == expected


def test_a_missing_file_is_reported(root: Path) -> None:
    (root / "src/service/handlers/health.py").unlink()
    printed = "infrastructure/stacks/api.py:4: src/service/handlers/health.py doesn't exist"
    assert missing_handler(root, HANDLER) == printed
    write(root, "infrastructure/stacks/api.py", "")
    assert (missing_handler(root, HANDLER) or "").startswith(f"handler {HANDLER}: ")


def test_a_failed_deployment_shows_the_error_of_the_app() -> None:
    printed = (
        "Some output\nerror: infrastructure/stacks/api.py:4: no such file\nSubprocess exited\n"
    )
    mistake = deployment.MISTAKE.search(printed)
    assert mistake is not None
    assert mistake[1] == "infrastructure/stacks/api.py:4: no such file"
