# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""CloudFormation's quotas of a stack, held against what was synthesized."""

import json
from collections.abc import Iterator
from pathlib import Path

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
QUOTAS = {"resources": 500, "outputs": 200, "bytes": 1_000_000}
WARN_FROM_SHARE = 0.8
GUIDE = "docs/guides/many-routes.md"


class QuotaError(Exception):
    """CloudFormation would refuse a stack; the message names the guide on how to split it."""


def check(assembly: Path) -> list[str]:
    """Count what the templates of a cloud assembly hold.

    Returns:
        A line for each quota of which a stack uses at least 80 %.

    Raises:
        QuotaError: A stack exceeds a quota.
    """
    warnings = []
    for stack, counts in _stacks(assembly):
        for what, quota in QUOTAS.items():
            line = f"{stack}: {counts[what]} of {quota} {what} that CloudFormation allows"
            if counts[what] > quota:
                raise QuotaError(f"{line}: move functions into further stacks ({GUIDE})")
            if counts[what] >= WARN_FROM_SHARE * quota:
                warnings.append(f"{line}: put what you add into another stack ({GUIDE})")
    return warnings


def _stacks(assembly: Path) -> Iterator[tuple[str, dict[str, int]]]:
    for manifest in sorted(assembly.rglob("manifest.json")):
        for artifact in json.loads(manifest.read_text(encoding="utf-8"))["artifacts"].values():
            if artifact["type"] == "aws:cloudformation:stack":
                properties = artifact["properties"]
                text = (manifest.parent / properties["templateFile"]).read_bytes()
                template = json.loads(text)
                yield (
                    properties["stackName"],
                    {
                        "resources": len(template.get("Resources", {})),
                        "outputs": len(template.get("Outputs", {})),
                        "bytes": len(text),
                    },
                )
