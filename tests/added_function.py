"""Add a function to a service, word for word as the service's page for newcomers teaches it."""

from pathlib import Path

from tests.taught import follow

PAGE = "kit/guides/onboarding.md"
PAGE_BEFORE_2_0 = "docs/onboarding.md"


def add_function(service: Path) -> None:
    """Write the page's files, put its lines at the end of the stack's `build`, and format."""
    follow(service, PAGE if (service / PAGE).exists() else PAGE_BEFORE_2_0)
