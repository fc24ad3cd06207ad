# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""No test reaches an account or an endpoint of the shell; evidence is written where a task asks."""

import os

import pytest

pytest_plugins = ["aws_guidelines.pytest_plugin"]

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
        from tooling.properties import try_thoroughly  # noqa: PLC0415 (only who asks needs it)

        try_thoroughly(examples)
