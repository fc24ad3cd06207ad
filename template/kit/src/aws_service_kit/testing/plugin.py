"""No test reaches an account or an endpoint of the shell; evidence is written where a task asks."""

import os

import pytest

pytest.register_assert_rewrite("aws_service_kit.testing.suites")
pytest_plugins = ["aws_service_kit.testing.guideline"]

# Before anything makes a client. A profile, too, may name an endpoint, and `local-env` sets one.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ |= {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of the task `properties`."""
    parser.addoption("--examples", type=int, help="try each property with this many examples")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the profile after the unit tests' `conftest.py` has, and before a property is read."""
    examples = config.getoption("--examples")
    if examples is not None:
        # Only who asks needs it.
        from aws_service_kit.dev.properties import try_thoroughly  # noqa: PLC0415

        try_thoroughly(examples)
