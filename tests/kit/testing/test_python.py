import pytest
from aws_service_kit.testing.python import run_python


def test_an_empty_environment_has_the_variables_that_windows_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SYSTEMROOT", "C:\\Windows")

    assert run_python("-c", "import os; print(os.environ['SYSTEMROOT'])") == "C:\\Windows\n"
