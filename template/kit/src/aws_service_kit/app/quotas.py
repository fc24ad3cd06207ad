"""Check synthesized stacks against CloudFormation's quotas."""

import json
from collections.abc import Iterator
from pathlib import Path

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
QUOTAS = {"resources": 500, "outputs": 200, "bytes": 1_000_000}
WARN_FROM_SHARE = 0.8
GUIDE = "kit/guides/many-routes.md"


class QuotaError(Exception):
    """A stack exceeds a quota; the message names the guide that shows how to split it."""


def check(assembly: Path) -> list[str]:
    """Check the quotas of all templates in a cloud assembly.

    Returns:
        A line for each quota of which a stack uses at least 80 %.

    Raises:
        QuotaError: A stack exceeds a quota.
    """
    warnings = []
    for stack, counts in _stacks(assembly):
        for unit, quota in QUOTAS.items():
            line = f"{stack}: {counts[unit]} of {quota} {unit} that CloudFormation allows"
            if counts[unit] > quota:
                raise QuotaError(f"{line}: move functions into further stacks ({GUIDE})")
            if counts[unit] >= WARN_FROM_SHARE * quota:
                warnings.append(f"{line}: add further resources to another stack ({GUIDE})")
    return warnings


def _stacks(assembly: Path) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield the name and the counts of each stack, including those of nested assemblies."""
    manifest = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))
    for artifact_id, artifact in manifest["artifacts"].items():
        properties = artifact.get("properties", {})
        match artifact["type"]:
            case "cdk:cloud-assembly":
                yield from _stacks(assembly / properties["directoryName"])
            case "aws:cloudformation:stack":
                text = (assembly / properties["templateFile"]).read_bytes()
                template = json.loads(text)
                counts = {
                    "resources": len(template.get("Resources", {})),
                    "outputs": len(template.get("Outputs", {})),
                    "bytes": len(text),
                }
                # The CDK omits a name that equals the artifact's.
                yield properties.get("stackName", artifact_id), counts
