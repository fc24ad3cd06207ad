import inspect
import tomllib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest
from aws_service_kit.runtime import clients, deadline
from aws_service_kit.runtime.dependencies import dependency
from aws_service_kit.runtime.errors import (
    DependencyError,
    DependencyFailedError,
    DependencyUnavailableError,
)
from aws_service_kit.testing.unit import Context
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    IncompleteReadError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError
from botocore.session import get_session

CODES: dict[str, dict[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("error_codes.toml").read_text(encoding="utf-8")
)

# The SDK's exceptions for connection errors. Its other exceptions are about the call itself.
CONNECTION_ERRORS = {
    "ConnectTimeoutError",
    "ConnectionClosedError",
    "ConnectionError",
    "EndpointConnectionError",
    "FlexibleChecksumError",
    "HTTPClientError",
    "IncompleteReadError",
    "ProxyConnectionError",
    "ReadTimeoutError",
    "ResponseStreamingError",
    "SSLError",
}


def rejection(
    code: str, status: int = 400, reasons: list[str] | None = None, operation: str = "Operation"
) -> ClientError:
    response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    if reasons is not None:
        response["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(response, operation)


def translated(error: Exception) -> DependencyError:
    with pytest.raises(DependencyError) as caught, dependency("Store"):
        raise error
    return caught.value


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (rejection("ThrottlingException"), DependencyUnavailableError),
        (rejection("KMSThrottling"), DependencyUnavailableError),
        (rejection("InternalServerError", 500), DependencyUnavailableError),
        (rejection("Whatever", 408), DependencyUnavailableError),
        (rejection("Whatever", 429), DependencyUnavailableError),
        (rejection("302", 302), DependencyUnavailableError),
        (
            rejection("TransactionCanceledException", reasons=["None", "ThrottlingError"]),
            DependencyUnavailableError,
        ),
        (EndpointConnectionError(endpoint_url="https://x"), DependencyUnavailableError),
        (ReadTimeoutError(endpoint_url="https://x"), DependencyUnavailableError),
        (IncompleteReadError(actual_bytes=1, expected_bytes=2), DependencyUnavailableError),
        (ResponseParserError(), DependencyUnavailableError),
        (rejection("AccessDeniedException"), DependencyFailedError),
        (rejection("TransactionCanceledException", reasons=["None"]), DependencyFailedError),
        (ClientError({}, "Operation"), DependencyFailedError),
    ],
)
def test_sdk_errors_become_dependency_errors(
    error: ClientError | BotoCoreError, expected: type[DependencyError]
) -> None:
    with pytest.raises(expected, match="Store: ") as caught, dependency("Store"):
        raise error

    assert (caught.value.retry_after is not None) is (expected is DependencyUnavailableError)


def services() -> list[str]:
    """Return the SDK's names of the services that `clients` makes clients of."""
    source = inspect.getsource(clients)
    return sorted(name for name in get_session().get_available_services() if f'"{name}"' in source)


def modelled(service: str) -> Iterator[tuple[str, int, str, bool]]:
    """Yield each error of a service: code, status, an operation, and whether the SDK retries it."""
    model = get_session().get_service_model(service)
    for operation in model.operation_names:
        for shape in model.operation_model(operation).error_shapes:
            # In JSON an error is called what its shape is. The emulator adds codes to models.
            xml = model.metadata["protocol"] != "json"
            error = shape.metadata.get("error", {}) if xml else {}
            code, status = error.get("code", shape.name), error.get("httpStatusCode", 400)
            yield code, status, operation, "retryable" in shape.metadata


@pytest.mark.parametrize("service", services())
def test_every_error_code_of_a_service_is_classified(service: str) -> None:
    decided: dict[str, type[DependencyError]] = {
        **dict.fromkeys(CODES[service]["permanent"], DependencyFailedError),
        **dict.fromkeys(CODES[service]["transient"], DependencyUnavailableError),
    }
    found = list(modelled(service))

    assert {code for code, *_ in found} == decided.keys()
    for code, status, operation, retryable in found:
        error = translated(rejection(code, status, operation=operation))
        assert (code, type(error)) == (code, decided[code])
        assert not retryable or decided[code] is DependencyUnavailableError


@pytest.mark.parametrize("source", sorted(CODES.keys() - set(services())))
def test_documented_error_codes_are_classified(source: str) -> None:
    for code in CODES[source]["permanent"]:
        assert (code, type(translated(rejection(code)))) == (code, DependencyFailedError)
        cancelled = rejection("TransactionCanceledException", reasons=[code])
        assert (code, type(translated(cancelled))) == (code, DependencyFailedError)
    for code in CODES[source]["transient"]:
        assert (code, type(translated(rejection(code)))) == (code, DependencyUnavailableError)


def test_sqs_query_error_codes_are_recognised() -> None:
    error = rejection("Unknown")
    error.response["Error"]["QueryErrorCode"] = "KmsThrottled"  # type: ignore[typeddict-unknown-key]

    assert isinstance(translated(error), DependencyUnavailableError)


@pytest.mark.parametrize("code", ["InvalidSignatureException", "SignatureDoesNotMatch"])
def test_an_expired_signature_is_transient(code: str) -> None:
    """DynamoDB's errors for the first request after a thaw, and for a wrong key.

    https://github.com/aws/aws-sdk-js-v3/issues/7605
    """
    expired, wrong = rejection(code, 403), rejection(code, 403)
    expired.response["Error"]["Message"] = (
        "Signature expired: 20251224T000000Z is now earlier than 20251224T000500Z"
    )

    assert isinstance(translated(expired), DependencyUnavailableError)
    assert isinstance(translated(wrong), DependencyFailedError)


def test_connection_errors_are_transient() -> None:
    families = (
        botocore.exceptions.ConnectionError,
        botocore.exceptions.HTTPClientError,
        botocore.exceptions.IncompleteReadError,
        botocore.exceptions.FlexibleChecksumError,
    )
    found = {
        name
        for name, error_type in inspect.getmembers(botocore.exceptions, inspect.isclass)
        if issubclass(error_type, families)
    }

    assert found == CONNECTION_ERRORS
    for name in found:
        error_type = getattr(botocore.exceptions, name)
        # Without its message's parts.
        assert isinstance(translated(error_type.__new__(error_type)), DependencyUnavailableError)


def test_other_errors_are_not_translated() -> None:
    with pytest.raises(NoCredentialsError), dependency("Store"):
        raise NoCredentialsError


def test_a_successful_call_raises_nothing() -> None:
    with dependency("Store"):
        pass


def test_no_call_starts_without_enough_time_left() -> None:
    context = Context(seconds=10)

    def pages() -> Iterator[int]:
        while True:
            with dependency("Store"):
                context.seconds -= 1.6
            yield 1

    with deadline.of(context):
        found = pages()
        assert sum(islice(found, 5)) == 5
        with pytest.raises(DependencyUnavailableError, match="Store: no time is left"):
            next(found)
        with dependency("Another"):
            """Its calls may be faster."""
    with deadline.of(context), dependency("Store"):
        """Another invocation has another deadline."""
