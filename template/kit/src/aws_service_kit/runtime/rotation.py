"""The edge of Secrets Manager's rotation, for secrets whose value this service alone knows.

Secrets Manager calls one step after the other, any of them perhaps again: each looks first at what
is done already. Source: AWS Secrets Manager, "Lambda rotation functions".
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
    raise_safely,
)
from aws_service_kit.runtime.validation import body_errors

CURRENT = "AWSCURRENT"
PENDING = "AWSPENDING"


class RotationStep(BaseModel):
    """What Secrets Manager asks for.

    Attributes:
        step: what to do now.
        secret: the secret's ARN.
        version: the id of the version that becomes the current one.
    """

    # AWS may tell more one day.
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    step: Literal["createSecret", "setSecret", "testSecret", "finishSecret"] = Field(alias="Step")
    secret: str = Field(alias="SecretId")
    version: str = Field(alias="ClientRequestToken")


def rotation(make_value: Callable[[], str]) -> Handler[None]:
    """Make a Lambda handler of a function that makes up a secret's new value.

    What fails is raised: Secrets Manager then starts the rotation again.
    """

    def respond(event: Event) -> None:
        outcome = Outcome("Rotation step", "done", operation_of(make_value))
        try:
            asked = _read(event)
            _rotate(asked, make_value)
        except Exception as error:  # raised again, without what it says
            outcome.failed(error)
            raise_safely(error)
        outcome.succeeded({"step": asked.step})

    return invocation(make_value, respond)


def _read(event: Event) -> RotationStep:
    try:
        return RotationStep.model_validate(event)
    except ValidationError as error:
        raise BadRequestError(
            "The event is no step of a rotation.", invalid=body_errors(error, RotationStep)
        ) from None


def _rotate(asked: RotationStep, make_value: Callable[[], str]) -> None:
    stages = _stages(asked.secret)
    stages_of_version = stages.get(asked.version, ())
    if CURRENT in stages_of_version:
        return
    if PENDING not in stages_of_version:
        raise ConfigurationError("The version to rotate to isn't pending.")
    match asked.step:
        case "createSecret":
            _create(asked, make_value)
        case "setSecret":
            pass  # nobody else needs to know the value
        case "testSecret":
            _test(asked)
        case "finishSecret":
            _finish(asked, stages)


def _stages(secret: str) -> Mapping[str, list[str]]:
    """Return the stages of each version."""
    with dependency("Secrets Manager"):
        described = clients.secretsmanager().describe_secret(SecretId=secret)
    if not described.get("RotationEnabled"):
        raise ConfigurationError("The secret isn't to be rotated.")
    return described["VersionIdsToStages"]


def _create(asked: RotationStep, make_value: Callable[[], str]) -> None:
    if _pending_value(asked) is not None:
        return
    with dependency("Secrets Manager"):
        clients.secretsmanager().put_secret_value(
            SecretId=asked.secret,
            ClientRequestToken=asked.version,
            SecretString=make_value(),
            VersionStages=[PENDING],
        )


def _test(asked: RotationStep) -> None:
    if not _pending_value(asked):
        raise InternalError("The pending version has no value.")


def _finish(asked: RotationStep, stages: Mapping[str, list[str]]) -> None:
    """Make the version the current one; Secrets Manager itself makes that one the previous.

    The pending label stays: taking it away by a call of its own means that the rotation failed.
    """
    current = next((version for version, labels in stages.items() if CURRENT in labels), None)
    if current is None:
        raise ConfigurationError("The secret has no current version.")
    with dependency("Secrets Manager"):
        clients.secretsmanager().update_secret_version_stage(
            SecretId=asked.secret,
            VersionStage=CURRENT,
            MoveToVersionId=asked.version,
            RemoveFromVersionId=current,
        )


def _pending_value(asked: RotationStep) -> str | None:
    client = clients.secretsmanager()
    with dependency("Secrets Manager"):
        try:
            answer = client.get_secret_value(
                SecretId=asked.secret, VersionId=asked.version, VersionStage=PENDING
            )
        except client.exceptions.ResourceNotFoundException:
            return None
    return answer.get("SecretString")
