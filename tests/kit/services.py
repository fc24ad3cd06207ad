"""Services in which the kit's tests run, and the tests that depend on a service's answers."""

from collections.abc import Mapping
from types import MappingProxyType

from tests.answers import Answers
from tests.combinations import ALL_STACKS

ALL = (".",)
# Tests that synthesize the service, or other stacks with its configuration.
DEPENDENT = ("app", "local/test_app.py", "testing/test_checks.py")

SERVICES: Mapping[str, tuple[Answers, tuple[str, ...]]] = MappingProxyType(
    {
        "every stack": ({"stacks": list(ALL_STACKS)}, ALL),
        "default": ({}, DEPENDENT),
        "storage alone": ({"stacks": []}, DEPENDENT),
        "another of each": (
            {
                "stacks": ["api", "messaging", "events", "reports"],
                "api_authentication": "cognito",
                "architecture": "x86_64",
                "encryption": "customer",
                "lambda_runtime": "python3.13",
            },
            DEPENDENT,
        ),
    }
)
"""Answers of a service and paths of tests, by name."""
