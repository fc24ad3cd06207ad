"""Configuration from Parameter Store and secrets from Secrets Manager, kept for a limited time.

A changed parameter or a rotated secret is seen once the kept value is too old (guideline 5.2).
Powertools' module is imported by the functions that read one: it costs as much as a client.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache, partial
from typing import TYPE_CHECKING, TypeVar

from botocore.parsers import ResponseParserError
from pydantic import BaseModel, ValidationError

from aws_service_kit.runtime import clients, settings
from aws_service_kit.runtime.dependencies import dependency
from aws_service_kit.runtime.errors import ConfigurationError, ServiceError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider

MAX_AGE_SECONDS = 300

# However often something fits no value of a secret, its values are read anew this seldom.
RECENT_SECONDS = 10

_Model = TypeVar("_Model", bound=BaseModel)


def parameter(name: str, *, max_age: int | None = None) -> str:
    """Return the Parameter Store value `name`, at most `max_age` seconds old.

    Without `max_age`, what POWERTOOLS_PARAMETERS_MAX_AGE says, or MAX_AGE_SECONDS. The value of a
    secure string is decrypted: the function's role has to be allowed to use its key.

    Raises:
        DependencyError: it can't be read.
    """
    with dependency("Parameter Store"):
        # Of other types of parameters this asks for nothing.
        return _get(partial(parameter_store().get, decrypt=True), name, max_age)


def settings_of(name: str, model: type[_Model], *, max_age: int | None = None) -> _Model:
    """Return the Parameter Store value `name`, which is JSON, as a valid `model`.

    Let the model ignore unknown keys: while a deployment goes on, old code reads new settings.

    Raises:
        ConfigurationError: it isn't valid.
        DependencyError: it can't be read.
    """
    try:
        return model.model_validate_json(parameter(name, max_age=max_age))
    except ValidationError as error:
        keys = {".".join(map(str, entry["loc"])) or "JSON" for entry in error.errors()}
        wrong = ", ".join(sorted(keys))
        raise ConfigurationError(f"The parameter {name} isn't valid: {wrong}.") from None


def secret(arn: str, *, max_age: int | None = None) -> str:
    """Return the secret string `arn`, at most `max_age` seconds old; without it as `parameter`.

    Raises:
        ConfigurationError: it is binary.
        DependencyError: it can't be read.
    """
    with dependency("Secrets Manager"):
        return _get(secret_store().get, arn, max_age)


def secret_versions(arn: str) -> Iterator[str]:
    """Yield the values of the secret string `arn` that something may have been signed with.

    First the one that `secret` gives. Whoever asks for another saw nothing fit: either the secret
    was rotated since then, or what was signed is older. So the present value and the one before it
    are read together, at most `RECENT_SECONDS` ago. Read apart, with one of them kept for longer, a
    rotation between them could hide a value.

    Raises:
        DependencyError: it can't be read.
    """
    yield secret(arn)
    with dependency("Secrets Manager"):
        values: list[str] = json.loads(_get(version_store().get, arn, RECENT_SECONDS))
    yield from values


@cache
def parameter_store() -> "SSMProvider":
    """Return the shared reader of parameters; give it to `prime` where every request needs it."""
    from aws_lambda_powertools.utilities.parameters import SSMProvider  # noqa: PLC0415 (costly)

    return SSMProvider(boto3_client=clients.ssm())


@cache
def secret_store() -> "SecretsProvider":
    """Return the shared reader of secrets; give it to `prime` where every request needs it."""
    from aws_lambda_powertools.utilities.parameters import SecretsProvider  # noqa: PLC0415 (costly)

    return SecretsProvider(boto3_client=clients.secretsmanager())


@cache
def version_store() -> "SecretsProvider":
    """Return the shared reader of a secret's present value and the one before, a JSON array."""
    from aws_lambda_powertools.utilities.parameters import SecretsProvider  # noqa: PLC0415 (costly)

    class VersionsProvider(SecretsProvider):
        def _get(self, name: str, **_options: object) -> str:
            # In this order a rotation in between shows one value twice, and hides none.
            values = [super()._get(name, VersionStage="AWSCURRENT")]
            # A secret that was never rotated has no value before.
            with suppress(self.client.exceptions.ResourceNotFoundException):
                values.append(super()._get(name, VersionStage="AWSPREVIOUS"))
            return json.dumps(values)

    return VersionsProvider(boto3_client=clients.secretsmanager())


def _get(get: Callable[..., object], name: str, max_age: int | None) -> str:
    from aws_lambda_powertools.utilities.parameters.exceptions import (  # noqa: PLC0415 (costly)
        GetParameterError,
    )

    if max_age is None:
        # Powertools' own default of five seconds would ask AWS at nearly every request.
        configured = settings.optional_text("POWERTOOLS_PARAMETERS_MAX_AGE")
        max_age = int(configured or MAX_AGE_SECONDS)
    try:
        value = get(name, max_age=max_age)
    except GetParameterError as error:
        # Powertools wraps the SDK's error, by which a refusal differs from an outage, and the
        # KeyError of a member that the answer lacks.
        cause = error.__context__
        if isinstance(cause, KeyError) and not isinstance(cause, ServiceError):
            raise ResponseParserError("The answer isn't the service's.") from None
        raise cause or error from None
    if not isinstance(value, str):
        raise ConfigurationError(f"The value of {name} is no text.")
    return value
