"""The runtime can be imported without environment variables, clients or warnings."""

import pytest
from aws_service_kit.testing.lambda_environment import lambda_environment
from aws_service_kit.testing.python import run_python
from aws_service_kit.testing.suites.unit.imports import IMPORT_ALL, NO_CLIENTS, SOURCE

IMPORTING = ("-W", "error", "-c", IMPORT_ALL + NO_CLIENTS, SOURCE, "aws_service_kit.runtime")


def test_every_module_imports_in_an_empty_environment() -> None:
    run_python(*IMPORTING)


@pytest.mark.parametrize("log_level", ["DEBUG", "INFO"])
def test_every_module_imports_in_lambdas_environment(log_level: str) -> None:
    variables = lambda_environment(log_level) | {"POWERTOOLS_LOG_LEVEL": log_level}

    assert run_python(*IMPORTING, **variables) == ""
