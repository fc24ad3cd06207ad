# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Importing demands nothing: no region, no credentials, no configuration, no network."""

from pathlib import Path

import pytest

from tests.unit.lambda_environment import lambda_environment
from tests.unit.python import run_python

SOURCE = Path(__file__).parents[2] / "src"

IMPORT_ALL = """
import importlib, pkgutil, socket, sys

def refuse(*_):
    raise AssertionError("import reached for the network")

socket.socket.connect = refuse
sys.path.insert(0, sys.argv[1])
import service

for module in pkgutil.walk_packages(service.__path__, "service."):
    importlib.import_module(module.name)
"""
NO_CLIENTS = """
from service.runtime import clients

assert clients.client.cache_info().currsize == 0, "import made a client"
"""


def test_every_module_imports_in_an_empty_environment() -> None:
    run_python("-W", "error", "-c", IMPORT_ALL + NO_CLIENTS, str(SOURCE))


@pytest.mark.parametrize("log_level", ["DEBUG", "INFO"])
def test_every_module_imports_in_lambdas_environment(log_level: str) -> None:
    variables = lambda_environment(log_level) | {"POWERTOOLS_LOG_LEVEL": log_level}

    assert run_python("-W", "error", "-c", IMPORT_ALL, str(SOURCE), **variables) == ""


def test_an_empty_environment_has_what_windows_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSTEMROOT", "C:\\Windows")

    assert run_python("-c", "import os; print(os.environ['SYSTEMROOT'])") == "C:\\Windows\n"
