"""pytest plugin that hides the shell's AWS account and endpoint, and adds options of tasks."""

import os

import pytest

pytest.register_assert_rewrite("aws_service_kit.testing.suites")
pytest_plugins = ["aws_service_kit.testing.guideline"]

# Removed before a client is created. A profile may name an endpoint, too, and `local-env` sets one.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ |= {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of the task `properties`."""
    parser.addoption("--examples", type=int, help="number of examples for each property")


def pytest_configure(config: pytest.Config) -> None:
    """Choose Hypothesis's profile, after the unit tests' `conftest.py` and before tests."""
    examples = config.getoption("--examples")
    if examples is not None:
        # Imported here, since only the option needs it.
        from aws_service_kit.dev.properties import try_thoroughly  # noqa: PLC0415

        try_thoroughly(examples)
