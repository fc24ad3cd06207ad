"""Configuration from Parameter Store and secrets from Secrets Manager, cached for a limited time.

A changed parameter or a rotated secret is read when the cached value expires (guideline 5.2).
Powertools' module is imported on first use, since its import costs as much as a client.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache, partial
from typing import TYPE_CHECKING, TypeVar

from botocore.parsers import ResponseParserError
from pydantic import BaseModel, ValidationError

from aws_service_kit.runtime import clients, environment_variables
from aws_service_kit.runtime.dependencies import dependency
from aws_service_kit.runtime.errors import ConfigurationError, ServiceError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider

MAX_AGE_SECONDS = 300

# Minimum seconds between two reads of a secret's versions, regardless of the number of mismatches.
RECENT_SECONDS = 10

_Model = TypeVar("_Model", bound=BaseModel)


def parameter(name: str, *, max_age: int | None = None) -> str:
    """Return the Parameter Store value `name`, at most `max_age` seconds old.

    `max_age` defaults to the variable POWERTOOLS_PARAMETERS_MAX_AGE, then to MAX_AGE_SECONDS. A
    secure string is decrypted, so the function's role needs a permission for its key.

    Raises:
        DependencyError: The parameter can't be read.
    """
    with dependency("Parameter Store"):
        # Other types of parameters ignore `decrypt`.
        return _get(partial(parameter_store().get, decrypt=True), name, max_age)


def settings_of(name: str, model: type[_Model], *, max_age: int | None = None) -> _Model:
    """Return the Parameter Store value `name`, which is JSON, as a `model`.

    The model should ignore unknown keys, since old code reads new settings during a deployment.

    Raises:
        ConfigurationError: The value isn't valid.
        DependencyError: The parameter can't be read.
    """
    try:
        return model.model_validate_json(parameter(name, max_age=max_age))
    except ValidationError as error:
        keys = {".".join(map(str, entry["loc"])) or "JSON" for entry in error.errors()}
        wrong = ", ".join(sorted(keys))
        raise ConfigurationError(f"The parameter {name} isn't valid: {wrong}.") from None


def secret(arn: str, *, max_age: int | None = None) -> str:
    """Return the secret string `arn`, at most `max_age` seconds old (default as in `parameter`).

    Raises:
        ConfigurationError: The secret is binary.
        DependencyError: The secret can't be read.
    """
    with dependency("Secrets Manager"):
        return _get(secret_store().get, arn, max_age)


def secret_versions(arn: str) -> Iterator[str]:
    """Yield the values of the secret string `arn` that may verify a signature.

    The first one is the value of `secret`. If it doesn't match, the secret was rotated after it was
    cached, or the signature is older. So the current and the previous value follow. Both were read
    together, at most `RECENT_SECONDS` ago: if they were cached separately, a rotation between the
    two reads could hide a value.

    Raises:
        DependencyError: The secret can't be read.
    """
    yield secret(arn)
    with dependency("Secrets Manager"):
        values: list[str] = json.loads(_get(version_store().get, arn, RECENT_SECONDS))
    yield from values


@cache
def parameter_store() -> "SSMProvider":
    """Return the shared reader of parameters; pass it to `create_at_init` if requests need it."""
    from aws_lambda_powertools.utilities.parameters import SSMProvider  # noqa: PLC0415 (costly)

    return SSMProvider(boto3_client=clients.ssm())


@cache
def secret_store() -> "SecretsProvider":
    """Return the shared reader of secrets; pass it to `create_at_init` if requests need it."""
    from aws_lambda_powertools.utilities.parameters import SecretsProvider  # noqa: PLC0415 (costly)

    return SecretsProvider(boto3_client=clients.secretsmanager())


@cache
def version_store() -> "SecretsProvider":
    """Return the shared reader of a secret's current and previous value, as a JSON array."""
    from aws_lambda_powertools.utilities.parameters import SecretsProvider  # noqa: PLC0415 (costly)

    class VersionsProvider(SecretsProvider):
        def _get(self, name: str, **_options: object) -> str:
            # In this order, a rotation between the reads repeats a value and hides none.
            values = [super()._get(name, VersionStage="AWSCURRENT")]
            # A secret that was never rotated has no previous value.
            with suppress(self.client.exceptions.ResourceNotFoundException):
                values.append(super()._get(name, VersionStage="AWSPREVIOUS"))
            return json.dumps(values)

    return VersionsProvider(boto3_client=clients.secretsmanager())


def _get(get: Callable[..., object], name: str, max_age: int | None) -> str:
    from aws_lambda_powertools.utilities.parameters.exceptions import (  # noqa: PLC0415 (costly)
        GetParameterError,
    )

    if max_age is None:
        # Powertools' default of five seconds would call AWS on nearly every request.
        configured = environment_variables.optional("POWERTOOLS_PARAMETERS_MAX_AGE")
        max_age = int(configured or MAX_AGE_SECONDS)
    try:
        value = get(name, max_age=max_age)
    except GetParameterError as error:
        # Powertools wraps the SDK's error, which distinguishes a rejection from an outage, and the
        # KeyError of a missing member.
        cause = error.__context__
        if isinstance(cause, KeyError) and not isinstance(cause, ServiceError):
            raise ResponseParserError("The response isn't from AWS.") from None
        raise cause or error from None
    if not isinstance(value, str):
        raise ConfigurationError(f"The value of {name} isn't text.")
    return value
