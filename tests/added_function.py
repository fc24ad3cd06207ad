"""Add a function to a service, exactly as the service's document for newcomers shows it."""

from pathlib import Path

from tests.documented_steps import follow

PAGE = "kit/guides/onboarding.md"
PAGE_BEFORE_2_0 = "docs/onboarding.md"


def add_function(service: Path) -> None:
    """Write the document's files, append its lines to the stack's `__init__`, and format."""
    follow(service, PAGE if (service / PAGE).exists() else PAGE_BEFORE_2_0)
