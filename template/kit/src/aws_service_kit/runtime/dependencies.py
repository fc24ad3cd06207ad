"""Translation of failed AWS calls into errors of the service (`errors`)."""

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
from aws_service_kit.runtime.former_names import renamed

__all__ = ["RETRY_AFTER_SECONDS", "dependency", "refusal", "rejection"]

# No response, or a response that isn't from AWS. The operation may still have succeeded.
_NO_RESPONSE = (
    SdkConnectionError,
    HTTPClientError,
    IncompleteReadError,
    FlexibleChecksumError,
    ResponseParserError,
)

# The error codes that the SDK retries.
_SDK_CHECKERS = (TransientRetryableChecker(), ThrottledRetryableChecker())

# Further error codes of transient errors: a retry within seconds or minutes can succeed. They come
# from the services' models and documentation. A new code in a model fails test_dependencies.py.
_TRANSIENT = frozenset(
    {
        # AWS, "Common errors". Most have status 500 or 503, but not those of a single entry in a
        # response with status 200.
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
        # S3; `BadDigest`: the body was damaged in transit.
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

# The SDK treats this code as throttling, which is right for Cost Explorer and DynamoDB. For these
# operations of EventBridge and Secrets Manager it is a quota, so a retry doesn't help.
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
    """Translate the SDK's errors in the block into errors of the dependency `name`.

    Other errors, such as invalid parameters, are raised unchanged.

    Raises:
        DependencyUnavailableError: The call was throttled, failed, got no response from AWS, or
            needs more time than the invocation has left. A retry can succeed.
        DependencyFailedError: The call was rejected; `detail` names the error code.
    """
    pace = deadline.pace(name)
    if not pace.allows_another():
        raise _unavailable(f"{name}: no time is left for a call")
    try:
        with pace.measured():
            yield
    except ClientError as error:
        raise _translate(name, error) from error
    except _NO_RESPONSE as error:
        raise _unavailable(f"{name}: {type(error).__name__}") from error


def rejection(name: str, *codes: str, operation: str = "") -> DependencyError:
    """Return the error for the codes of a rejected call, or of a rejected entry of a batch.

    Args:
        name: The dependency.
        codes: The error code, then further codes that the response names as causes.
        operation: The operation of the SDK, such as `PutEvents`.
    """
    detail = f"{name}: {codes[0]}"
    found = set(codes)
    if operation in _QUOTA_OPERATIONS:
        found.discard(_QUOTA)
    if _TRANSIENT & found or any(map(_retried_by_sdk, found)):
        return _unavailable(detail)
    return DependencyFailedError(detail)


refusal = renamed(rejection, "refusal")


def _translate(name: str, error: ClientError) -> DependencyError:
    response: Mapping[str, Any] = error.response
    about, metadata = response.get("Error", {}), response.get("ResponseMetadata", {})
    status = metadata.get("HTTPStatusCode", HTTPStatus.BAD_REQUEST)
    code = about.get("Code") or str(int(status))
    # Some services have no dedicated code for a request that arrived long after it was signed.
    if _is_transient(status) or "Signature expired" in str(about.get("Message")):
        return _unavailable(f"{name}: {code}")
    # SQS has two codes for an error. A cancelled transaction lists a code for each item.
    reasons = (reason.get("Code") for reason in response.get("CancellationReasons", ()))
    more = filter(None, (about.get("QueryErrorCode"), *reasons))
    return rejection(name, code, *more, operation=error.operation_name)


def _is_transient(status: int) -> bool:
    """Return whether a retry can help; an error with a status below 400 isn't from AWS."""
    transient = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
    return status in transient or not 400 <= status < 500  # noqa: PLR2004 (HTTP's class 4xx)


def _retried_by_sdk(code: str) -> bool:
    context = RetryContext(attempt_number=1, parsed_response={"Error": {"Code": code}})
    return any(checker.is_retryable(context) for checker in _SDK_CHECKERS)


def _unavailable(detail: str) -> DependencyUnavailableError:
    return DependencyUnavailableError(detail, retry_after=RETRY_AFTER_SECONDS)
