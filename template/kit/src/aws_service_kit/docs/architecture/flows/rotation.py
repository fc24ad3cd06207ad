"""Which function gives a secret its next value."""

from __future__ import annotations

from collections.abc import Iterator

from aws_service_kit.docs.architecture.assembly import Assembly
from aws_service_kit.docs.architecture.flows.flow import Flow


def flows(assembly: Assembly) -> Iterator[Flow]:
    """Yield what rotation schedules connect."""
    for rotation in assembly.resources("AWS::SecretsManager::RotationSchedule"):
        for secret in assembly.shown_by(rotation.get("SecretId")):
            for function in assembly.shown_by(rotation.get("RotationLambdaARN")):
                yield Flow(secret, function, "calls", "rotation")
