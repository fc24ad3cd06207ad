"""Paths and links of runbook sections, without importing the CDK.

Descriptions of alarms have the links (`constructs/alarms.py`); `derive` writes `docs/runbooks/`.
"""

import re

FOLDER = "docs/runbooks"

LINK = re.compile(rf"\s*Runbook: {re.escape(FOLDER)}/[^/#\s]+\.md#(?P<anchor>\S+)\s*\Z")


def page(stack: str) -> str:
    """Return the path of a stack's runbook.

    Args:
        stack: The stack's short name, such as `messaging`.
    """
    return f"{FOLDER}/{stack}.md"


def anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading.

    https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links
    """
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def link(stack: str, heading: str) -> str:
    """Return the line of an alarm's description that links its runbook section.

    Args:
        stack: The stack's short name.
        heading: The section's heading, the alarm's name within the stack.
    """
    return f"Runbook: {page(stack)}#{anchor(heading)}"


def without_link(description: str) -> str:
    """Return an alarm's description without the link to its runbook section."""
    return LINK.sub("", description)
