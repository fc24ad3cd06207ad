# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Failures of AWS calls in the terms of the taxonomy."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as SdkConnectionError

from service.runtime.errors import (
    DependencyError,
    DependencyFailedError,
    DependencyUnavailableError,
)

RETRY_AFTER_SECONDS = 2

# Source: Amazon DynamoDB, "Error handling", and the common errors of SQS, SSM, Secrets Manager.
_TRANSIENT = frozenset(
    {
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflict",
        "TransactionInProgressException",
    }
)


@contextmanager
def dependency(name: str) -> Iterator[None]:
    """Turn the SDK's errors within the block into those of the dependency `name`.

    Errors that aren't the dependency's, such as parameters that the SDK refuses, pass through.

    Raises:
        DependencyUnavailableError: throttled, out of reach or failing: worth trying again.
        DependencyFailedError: refused; `detail` names the error code.
    """
    try:
        yield
    except ClientError as error:
        raise _translate(name, error) from error
    except (SdkConnectionError, HTTPClientError) as error:
        raise _unavailable(f"{name}: {type(error).__name__}") from error


def _translate(name: str, error: ClientError) -> DependencyError:
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    # A cancelled transaction tells its causes one by one.
    reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
    detail = f"{name}: {code}"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or _TRANSIENT & {code, *reasons}:
        return _unavailable(detail)
    return DependencyFailedError(detail)


def _unavailable(detail: str) -> DependencyUnavailableError:
    return DependencyUnavailableError(detail, retry_after=RETRY_AFTER_SECONDS)
