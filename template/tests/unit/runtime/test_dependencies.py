# Template-owned: updates rewrite this file (tooling/ownership.toml).
from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from service.runtime.dependencies import dependency
from service.runtime.errors import (
    DependencyError,
    DependencyFailedError,
    DependencyUnavailableError,
)


def refusal(code: str, status: int = 400, reasons: list[str] | None = None) -> ClientError:
    response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    if reasons is not None:
        response["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(response, "Operation")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refusal("ThrottlingException"), DependencyUnavailableError),
        (refusal("InternalServerError", 500), DependencyUnavailableError),
        (
            refusal("TransactionCanceledException", reasons=["None", "ThrottlingError"]),
            DependencyUnavailableError,
        ),
        (EndpointConnectionError(endpoint_url="https://x"), DependencyUnavailableError),
        (ReadTimeoutError(endpoint_url="https://x"), DependencyUnavailableError),
        (refusal("AccessDeniedException"), DependencyFailedError),
        (refusal("TransactionCanceledException", reasons=["None"]), DependencyFailedError),
    ],
)
def test_error_table(error: ClientError | BotoCoreError, expected: type[DependencyError]) -> None:
    with pytest.raises(expected, match="Store: ") as caught, dependency("Store"):
        raise error

    assert (caught.value.retry_after is not None) is (expected is DependencyUnavailableError)


def test_other_errors_pass() -> None:
    with pytest.raises(NoCredentialsError), dependency("Store"):
        raise NoCredentialsError


def test_no_error() -> None:
    with dependency("Store"):
        pass
