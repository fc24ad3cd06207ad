# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Which function gives a secret its next value."""

from __future__ import annotations

from collections.abc import Iterator

from tooling.architecture.assembly import Assembly
from tooling.architecture.flows.flow import Flow


def flows(assembly: Assembly) -> Iterator[Flow]:
    """Yield what rotation schedules connect."""
    for rotation in assembly.resources("AWS::SecretsManager::RotationSchedule"):
        for secret in assembly.shown_by(rotation.get("SecretId")):
            for function in assembly.shown_by(rotation.get("RotationLambdaARN")):
                yield Flow(secret, function, "calls", "rotation")
