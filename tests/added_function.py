"""Add a function to a service, word for word as the service's README teaches it."""

from pathlib import Path

from tests.taught import follow


def add_function(service: Path) -> None:
    """Write the README's files, put its lines at the end of the stack's `build`, and format."""
    follow(service, "README.md")
