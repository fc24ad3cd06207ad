"""Services by whose answers results of the kit's tests differ, and which tests those are."""

from collections.abc import Mapping
from types import MappingProxyType

from tests.answers import Answers
from tests.combinations import ALL_STACKS

ALL = (".",)
# Whatever synthesizes a service, its own stacks or others by its configuration.
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
"""A service's answers, and paths of tests, by a name."""
