"""Failures of AWS calls in the terms of the taxonomy."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from botocore.exceptions import (
    ClientError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.exceptions import ConnectionError as SdkConnectionError
from botocore.parsers import ResponseParserError
from botocore.retries.standard import (
    RetryContext,
    ThrottledRetryableChecker,
    TransientRetryableChecker,
)

from aws_service_kit.runtime import deadline
from aws_service_kit.runtime.errors import (
    RETRY_AFTER_SECONDS,
    DependencyError,
    DependencyFailedError,
    DependencyUnavailableError,
)

__all__ = ["RETRY_AFTER_SECONDS", "dependency", "refusal"]

# No answer, or none that is the service's: the request may have been carried out.
_NO_ANSWER = (
    SdkConnectionError,
    HTTPClientError,
    IncompleteReadError,
    FlexibleChecksumError,
    ResponseParserError,
)

# What the SDK itself tries again, by error code.
_SDK = (TransientRetryableChecker(), ThrottledRetryableChecker())

# Further error codes that a retry within seconds or minutes can make good. The services' models and
# documentation were reviewed; a code of theirs that is in no table fails test_dependencies.py.
_TRANSIENT = frozenset(
    {
        # AWS, "Common errors"; most come with a status of 500 or 503, but not those of an entry
        # in an answer of 200.
        "InternalError",
        "InternalException",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "RequestAbortedException",
        # The request arrived long after it was signed: the execution environment was frozen.
        "RequestExpired",
        "RequestInTheFuture",
        "RequestTimeTooSkewed",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        # KMS is throttled, as SNS, SQS and S3 report it.
        "KMS.ThrottlingException",
        "KMSThrottling",
        "KMSThrottlingException",
        "KmsThrottled",
        # DynamoDB, errors and the reasons of a cancelled transaction.
        "ProvisionedThroughputExceeded",
        "ReplicatedWriteConflictException",
        "ThrottlingError",
        "TransactionConflict",
        "TransactionConflictException",
        # EventBridge
        "ConcurrentModificationException",
        # S3; `BadDigest`: the body was damaged on its way.
        "BadDigest",
        "ConditionalRequestConflict",
        "OperationAborted",
        # SNS
        "ConcurrentAccess",
        "StaleTag",
        "Throttled",
        # SQS; `OverLimit`: too many messages in flight.
        "AWS.SimpleQueueService.PurgeQueueInProgress",
        "AWS.SimpleQueueService.QueueDeletedRecently",
        "OverLimit",
        "PurgeQueueInProgress",
        "QueueDeletedRecently",
        # Systems Manager
        "AutomationExecutionLimitExceededException",
        "OpsMetadataTooManyUpdatesException",
        "ResourceDataSyncConflictException",
        "TooManyUpdates",
    }
)

# The SDK takes this code for throttling, which it is for Cost Explorer and DynamoDB. For these
# operations of EventBridge and Secrets Manager it is a quota that only people can raise.
_QUOTA = "LimitExceededException"
_QUOTA_OPERATIONS = frozenset(
    {
        "AssociateCrossAccountReplica",
        "CreateApiDestination",
        "CreateArchive",
        "CreateConnection",
        "CreateEndpoint",
        "CreateEventBus",
        "CreatePartnerEventSource",
        "CreateSecret",
        "PutRule",
        "PutSecretValue",
        "PutTargets",
        "StartReplay",
        "UpdateApiDestination",
        "UpdateArchive",
        "UpdateConnection",
        "UpdateSecret",
        "UpdateSecretVersionStage",
    }
)


@contextmanager
def dependency(name: str) -> Iterator[None]:
    """Turn the SDK's errors within the block into those of the dependency `name`.

    Errors that aren't the dependency's, such as parameters that the SDK refuses, pass through.

    Raises:
        DependencyUnavailableError: throttled, out of reach, failing, answered by something else, or
            too slow for the time that the invocation has left: worth trying again.
        DependencyFailedError: refused; `detail` names the error code.
    """
    pace = deadline.pace(name)
    if not pace.allows_another():
        raise _unavailable(f"{name}: no time is left for a call")
    try:
        with pace.measured():
            yield
    except ClientError as error:
        raise _translate(name, error) from error
    except _NO_ANSWER as error:
        raise _unavailable(f"{name}: {type(error).__name__}") from error


def refusal(name: str, *codes: str, operation: str = "") -> DependencyError:
    """Return the error that the codes of a refusal stand for, such as of an entry of a batch.

    Args:
        name: The dependency.
        codes: The error code, then what else the answer names as a cause.
        operation: The operation of the SDK, such as `PutEvents`.
    """
    detail = f"{name}: {codes[0]}"
    found = set(codes)
    if operation in _QUOTA_OPERATIONS:
        found.discard(_QUOTA)
    if _TRANSIENT & found or any(map(_retried_by_sdk, found)):
        return _unavailable(detail)
    return DependencyFailedError(detail)


def _translate(name: str, error: ClientError) -> DependencyError:
    answer: Mapping[str, Any] = error.response
    about, metadata = answer.get("Error", {}), answer.get("ResponseMetadata", {})
    status = metadata.get("HTTPStatusCode", HTTPStatus.BAD_REQUEST)
    code = about.get("Code") or str(int(status))
    # Some services have no code of its own for a request that arrived long after it was signed.
    if _is_transient(status) or "Signature expired" in str(about.get("Message")):
        return _unavailable(f"{name}: {code}")
    # SQS has two names for an error. A cancelled transaction names its causes one by one.
    reasons = (reason.get("Code") for reason in answer.get("CancellationReasons", ()))
    more = filter(None, (about.get("QueryErrorCode"), *reasons))
    return refusal(name, code, *more, operation=error.operation_name)


def _is_transient(status: int) -> bool:
    """Say whether a status is no refusal: those below 400 aren't a service's answer to an error."""
    passing = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
    return status in passing or not 400 <= status < 500  # noqa: PLR2004 (what HTTP calls 4xx)


def _retried_by_sdk(code: str) -> bool:
    context = RetryContext(attempt_number=1, parsed_response={"Error": {"Code": code}})
    return any(checker.is_retryable(context) for checker in _SDK)


def _unavailable(detail: str) -> DependencyUnavailableError:
    return DependencyUnavailableError(detail, retry_after=RETRY_AFTER_SECONDS)
