"""An emulated Secrets Manager that rotates a secret with a handler of the service."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from aws_service_kit.runtime import clients
from aws_service_kit.runtime.invocation import Handler, LambdaContext
from aws_service_kit.testing.unit import Context

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:rotate:live"


@dataclass
class Lambda:
    """The part of moto's Lambda that its Secrets Manager calls, without Docker."""

    handler: Handler[None]

    def get_function(self, arn: str) -> None:
        """Return a function for any name."""

    def invoke(self, _arn: str, *, body: str, **_options: Any) -> None:  # noqa: ANN401 (moto's)
        self.handler(json.loads(body), Context())


def start(name: str, handler: Handler[None], monkeypatch: pytest.MonkeyPatch) -> str:
    """Rotate a secret until the handler fails, and return the id of the new version."""
    monkeypatch.setattr("moto.awslambda.utils.get_backend", lambda *_: Lambda(handler))
    return clients.secretsmanager().rotate_secret(
        SecretId=name, RotationLambdaARN=FUNCTION, RotationRules={"AutomaticallyAfterDays": 30}
    )["VersionId"]


def start_only(name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Start the rotation of a secret without a step; return the id of the pending version."""

    def handler(_event: dict[str, Any], _context: LambdaContext) -> None:
        """Do nothing."""

    return start(name, handler, monkeypatch)


def rotating(handler: Handler[None], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that rotates a secret, by name, in all four steps."""

    def rotate(name: str) -> None:
        version = start(name, handler, monkeypatch)
        # A version with both labels is the end of a rotation for Secrets Manager, but not for moto.
        clients.secretsmanager().update_secret_version_stage(
            SecretId=name, VersionStage="AWSPENDING", RemoveFromVersionId=version
        )

    return rotate
