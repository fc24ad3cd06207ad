"""Fixtures for unit tests: Lambda's environment, an emulated AWS, a context, the output."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import cache
from typing import Any, Self

import pytest
from botocore.loaders import JSONFileLoader
from hypothesis import settings
from moto import mock_aws

from aws_service_kit.testing.lambda_environment import lambda_environment

# No deadline: the time of an example depends more on the computer than on the code.
settings.register_profile("service", deadline=None)
settings.load_profile("service")

# Variables as in Lambda, except those by which this process finds programs and libraries.
# Powertools reads some of them when the runtime is imported, which is after this file.
os.environ |= {
    **{
        name: value
        for name, value in lambda_environment("DEBUG").items()
        if name not in {"LANG", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "SHLVL"}
    },
    "ENVIRONMENT": "test",
    "POWERTOOLS_LOG_LEVEL": "DEBUG",
    "POWERTOOLS_METRICS_NAMESPACE": "organisation/service",
    "POWERTOOLS_SERVICE_NAME": "service",
}


@dataclass
class Context:
    """The used part of Lambda's context object."""

    function_name: str = "function"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id: str = "0a5ee1f0-2b69-4d8f-9c4e-0d2f4c7b8a91"
    seconds: float = 30.0

    def get_remaining_time_in_millis(self) -> int:
        """Return the remaining time, which is constant unless a test reduces it."""
        return round(self.seconds * 1000)


class Stdout:
    """The current standard output: pytest replaces it, and the logger looks it up only once."""

    def write(self, text: str) -> None:
        sys.stdout.write(text)


@dataclass
class Output:
    """Output of a function: every line is a JSON object, a log line or a metric (EMF)."""

    capture: pytest.CaptureFixture[str]
    text: str = field(default="", init=False)

    def lines(self) -> list[dict[str, Any]]:
        self.text += self.capture.readouterr().out
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def logs(self) -> list[dict[str, Any]]:
        return [line for line in self.lines() if "_aws" not in line]

    @property
    def metrics(self) -> list[dict[str, Any]]:
        return [line for line in self.lines() if "_aws" in line]

    def counted(self, name: str) -> int:
        return int(sum(sum(line.get(name, [])) for line in self.metrics))


@pytest.fixture(scope="session", autouse=True)
def sdk_data_read_once() -> Iterator[None]:
    """Cache the SDK's data, which moto otherwise reads again for each test."""
    read = cache(JSONFileLoader().load_file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", lambda _, path: read(path))
        yield


@pytest.fixture
def context() -> Context:
    return Context()


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Output:
    from aws_service_kit.runtime.logging import logger  # noqa: PLC0415 (the environment comes first)

    monkeypatch.setattr(logger.registered_handler, "stream", Stdout())
    return Output(capsys)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty emulated account. Clients are kept; cached parameters and secrets are removed."""
    from aws_service_kit.runtime import parameters  # noqa: PLC0415 (the environment comes first)

    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with mock_aws():
        yield
    parameters.parameter_store.cache_clear()
    parameters.secret_store.cache_clear()
    parameters.version_store.cache_clear()


@pytest.fixture
def advance(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Advance the clock of cached parameters and secrets, in seconds."""

    def advance(seconds: float) -> None:
        class Clock(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Self:
                return super().now(tz) + timedelta(seconds=seconds)

        monkeypatch.setattr("aws_lambda_powertools.utilities.parameters.base.datetime", Clock)

    return advance
