import traceback
from itertools import count
from typing import Any

import pytest
from aws_service_kit.runtime import clients
from aws_service_kit.runtime.errors import (
    BadRequestError,
    ConfigurationError,
    DependencyFailedError,
    InternalError,
)
from aws_service_kit.runtime.invocation import Handler
from aws_service_kit.runtime.rotation import rotation
from aws_service_kit.testing.rotation import rotating, start_only
from aws_service_kit.testing.unit import Context, Output

pytestmark = pytest.mark.guideline("S-D3")

FIRST = "the first value of the secret"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


@pytest.fixture
def arn(aws: None) -> str:  # noqa: ARG001 (its account)
    return clients.secretsmanager().create_secret(Name="name", SecretString=FIRST)["ARN"]


@pytest.fixture
def version(arn: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Start a rotation; return its pending version, which has no value yet."""
    return start_only(arn, monkeypatch)


@pytest.fixture
def handler() -> Handler[None]:
    numbers = count(1)

    @rotation
    def handler() -> str:
        return f"made up {next(numbers)}"

    return handler


def value(stage: str) -> str:
    secretsmanager = clients.secretsmanager()
    return secretsmanager.get_secret_value(SecretId="name", VersionStage=stage)["SecretString"]


def step(name: str, arn: str, version: str) -> dict[str, Any]:
    return {"Step": name, "SecretId": arn, "ClientRequestToken": version, "RotationToken": "token"}


@pytest.mark.usefixtures("arn")
def test_a_rotated_secret_has_a_new_and_a_previous_value(
    handler: Handler[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    rotate = rotating(handler, monkeypatch)

    rotate("name")
    assert (value("AWSCURRENT"), value("AWSPREVIOUS")) == ("made up 1", FIRST)

    rotate("name")
    assert (value("AWSCURRENT"), value("AWSPREVIOUS")) == ("made up 2", "made up 1")


def test_every_step_is_idempotent(arn: str, version: str, handler: Handler[None]) -> None:
    for name in STEPS:
        handler(step(name, arn, version), Context())
        handler(step(name, arn, version), Context())

    assert (value("AWSCURRENT"), value("AWSPREVIOUS")) == ("made up 1", FIRST)


def test_the_new_value_becomes_current_with_the_last_step(
    arn: str, version: str, handler: Handler[None]
) -> None:
    for name in STEPS[:-1]:
        handler(step(name, arn, version), Context())
        assert value("AWSCURRENT") == FIRST
    assert value("AWSPENDING") == "made up 1"


def test_a_completed_rotation_is_not_repeated(
    arn: str, version: str, handler: Handler[None]
) -> None:
    for name in (*STEPS, *STEPS):
        handler(step(name, arn, version), Context())

    assert value("AWSCURRENT") == "made up 1"


def test_the_test_step_fails_without_a_value(
    arn: str, version: str, handler: Handler[None]
) -> None:
    with pytest.raises(InternalError, match="has no value"):
        handler(step("testSecret", arn, version), Context())


def test_a_version_that_is_not_pending_is_rejected(
    arn: str, version: str, handler: Handler[None], output: Output
) -> None:
    for other in ("00000000-0000-4000-8000-000000000000", version[::-1]):
        with pytest.raises(ConfigurationError, match="isn't pending"):
            handler(step("createSecret", arn, other), Context())
    assert output.counted("ServiceFault") == 2


def test_a_secret_without_rotation_is_rejected(arn: str, handler: Handler[None]) -> None:
    with pytest.raises(ConfigurationError, match="rotation of the secret isn't enabled"):
        handler(step("createSecret", arn, "version"), Context())


def test_failed_calls_are_dependency_errors(
    aws: None,  # noqa: ARG001 (the secret isn't there)
    handler: Handler[None],
    output: Output,
) -> None:
    with pytest.raises(DependencyFailedError, match="ResourceNotFoundException"):
        handler(step("createSecret", "absent", "version"), Context())
    assert output.counted("DependencyFault") == 1


@pytest.mark.parametrize("event", [{}, step("destroySecret", "arn", "version")])
def test_an_unknown_step_is_rejected(event: dict[str, Any], handler: Handler[None]) -> None:
    with pytest.raises(BadRequestError, match="isn't a step of a rotation"):
        handler(event, Context())


def test_no_value_is_logged_or_raised(
    arn: str, version: str, handler: Handler[None], output: Output
) -> None:
    def careless() -> str:
        raise ValueError(FIRST)

    with pytest.raises(InternalError) as raised:
        rotation(careless)(step("createSecret", arn, version), Context())
    for name in STEPS:
        handler(step(name, arn, version), Context())

    assert FIRST not in "".join(traceback.format_exception(raised.value))
    assert FIRST not in output.text
    assert [line["step"] for line in output.logs if "step" in line] == list(STEPS)
    assert "made up" not in output.text
