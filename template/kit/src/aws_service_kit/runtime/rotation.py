"""Entry point of Secrets Manager's rotation, for secrets that only this service uses.

Secrets Manager calls the steps in order, and may call each one again. So a step first checks
whether its work is already done. Source: AWS Secrets Manager, "Lambda rotation functions".
"""

from collections.abc import Callable, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aws_service_kit.runtime import clients
from aws_service_kit.runtime.dependencies import dependency
from aws_service_kit.runtime.errors import BadRequestError, ConfigurationError, InternalError
from aws_service_kit.runtime.invocation import (
    Event,
    Handler,
    Outcome,
    invocation,
    operation_of,
    raise_redacted,
)
from aws_service_kit.runtime.validation import validation_errors

CURRENT = "AWSCURRENT"
PENDING = "AWSPENDING"


class RotationStep(BaseModel):
    """The event of a step.

    Attributes:
        step: The step's name.
        secret: The secret's ARN.
        version: The id of the version that becomes the current one.
    """

    # AWS may add keys.
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    step: Literal["createSecret", "setSecret", "testSecret", "finishSecret"] = Field(alias="Step")
    secret: str = Field(alias="SecretId")
    version: str = Field(alias="ClientRequestToken")


def rotation(make_value: Callable[[], str]) -> Handler[None]:
    """Make a Lambda handler of a function that returns a new value for a secret.

    If the function raises, Secrets Manager retries the rotation.

    Example:
        ```python
        @rotation
        def handler() -> str:
            return secrets.token_urlsafe(48)
        ```
    """

    def respond(event: Event) -> None:
        outcome = Outcome("Rotation step", "done", operation_of(make_value))
        try:
            step = _read(event)
            _rotate(step, make_value)
        except Exception as error:  # raised again, without its message
            outcome.failed(error)
            raise_redacted(error)
        outcome.succeeded({"step": step.step})

    return invocation(make_value, respond)


def _read(event: Event) -> RotationStep:
    try:
        return RotationStep.model_validate(event)
    except ValidationError as error:
        raise BadRequestError(
            "The event isn't a step of a rotation.", invalid=validation_errors(error, RotationStep)
        ) from None


def _rotate(step: RotationStep, make_value: Callable[[], str]) -> None:
    stages = _stages(step.secret)
    stages_of_version = stages.get(step.version, ())
    if CURRENT in stages_of_version:
        return
    if PENDING not in stages_of_version:
        raise ConfigurationError("The version to rotate to isn't pending.")
    match step.step:
        case "createSecret":
            _create(step, make_value)
        case "setSecret":
            pass  # no other system uses the value
        case "testSecret":
            _test(step)
        case "finishSecret":
            _finish(step, stages)


def _stages(secret: str) -> Mapping[str, list[str]]:
    """Return the stages of each version."""
    with dependency("Secrets Manager"):
        described = clients.secretsmanager().describe_secret(SecretId=secret)
    if not described.get("RotationEnabled"):
        raise ConfigurationError("The rotation of the secret isn't enabled.")
    return described["VersionIdsToStages"]


def _create(step: RotationStep, make_value: Callable[[], str]) -> None:
    if _pending_value(step) is not None:
        return
    with dependency("Secrets Manager"):
        clients.secretsmanager().put_secret_value(
            SecretId=step.secret,
            ClientRequestToken=step.version,
            SecretString=make_value(),
            VersionStages=[PENDING],
        )


def _test(step: RotationStep) -> None:
    if not _pending_value(step):
        raise InternalError("The pending version has no value.")


def _finish(step: RotationStep, stages: Mapping[str, list[str]]) -> None:
    """Make the version current; Secrets Manager then labels the former one as previous.

    The pending label stays, since a separate call that removes it marks the rotation as failed.
    """
    current = next((version for version, labels in stages.items() if CURRENT in labels), None)
    if current is None:
        raise ConfigurationError("The secret has no current version.")
    with dependency("Secrets Manager"):
        clients.secretsmanager().update_secret_version_stage(
            SecretId=step.secret,
            VersionStage=CURRENT,
            MoveToVersionId=step.version,
            RemoveFromVersionId=current,
        )


def _pending_value(step: RotationStep) -> str | None:
    client = clients.secretsmanager()
    with dependency("Secrets Manager"):
        try:
            response = client.get_secret_value(
                SecretId=step.secret, VersionId=step.version, VersionStage=PENDING
            )
        except client.exceptions.ResourceNotFoundException:
            return None
    return response.get("SecretString")
