"""Modules can be imported without region, credentials, configuration and network."""

import pytest

from aws_service_kit.project import ROOT
from aws_service_kit.testing.lambda_environment import lambda_environment
from aws_service_kit.testing.python import run_python

SOURCE = str(ROOT / "src")
IMPORT_ALL = """
import importlib, pkgutil, socket, sys, warnings

# A former name of the kit warns and keeps working, as in pytest.ini.
warnings.filterwarnings("default", ".* is called .* since", DeprecationWarning)

def fail(*_):
    raise AssertionError("an import uses the network")

socket.socket.connect = fail
sys.path.insert(0, sys.argv[1])
package = importlib.import_module(sys.argv[2])

for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
    importlib.import_module(module.name)
"""
NO_CLIENTS = """
from aws_service_kit.runtime import clients

assert clients.client.cache_info().currsize == 0, "an import creates a client"
"""


def test_every_module_imports_in_an_empty_environment() -> None:
    run_python("-W", "error", "-c", IMPORT_ALL + NO_CLIENTS, SOURCE, "service")


@pytest.mark.parametrize("log_level", ["DEBUG", "INFO"])
def test_every_module_imports_in_lambdas_environment(log_level: str) -> None:
    variables = lambda_environment(log_level) | {"POWERTOOLS_LOG_LEVEL": log_level}

    assert run_python("-W", "error", "-c", IMPORT_ALL, SOURCE, "service", **variables) == ""
