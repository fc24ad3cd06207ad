"""Add a function to a service, exactly as the service's document for newcomers shows it."""

import shlex
from pathlib import Path

from tests.documented_steps import commands, follow
from tests.service_checks import task

DOCUMENT = "kit/guides/onboarding.md"
DOCUMENT_BEFORE_2_0 = "docs/onboarding.md"


def add_function(service: Path) -> None:
    """Run the document's command, or write the code that documents before 2.2.0 show; format."""
    document = DOCUMENT if (service / DOCUMENT).exists() else DOCUMENT_BEFORE_2_0
    for command in commands((service / document).read_text(encoding="utf-8"), "add"):
        added = task(service, *shlex.split(command))
        assert added.returncode == 0, added.stdout
    follow(service, document)
