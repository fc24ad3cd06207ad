"""Flows of the rotation of secrets."""

from __future__ import annotations

from collections.abc import Iterator

from aws_service_kit.docs.architecture.assembly import Assembly
from aws_service_kit.docs.architecture.flows.flow import Flow


def flows(assembly: Assembly) -> Iterator[Flow]:
    """Yield the flows of rotation schedules."""
    for rotation in assembly.resources("AWS::SecretsManager::RotationSchedule"):
        for secret in assembly.shown_by(rotation.get("SecretId")):
            for function in assembly.shown_by(rotation.get("RotationLambdaARN")):
                yield Flow(secret, function, "calls", "rotation")
