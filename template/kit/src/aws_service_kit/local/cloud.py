"""Clients and environment variables for the emulator, and for no other endpoint of AWS."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from aws_service_kit.local.access_control import is_local

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HOST = "127.0.0.1"
ACCOUNT = "000000000000"
REGION = "us-east-1"
# Not a key of an AWS account: if it is sent to AWS, it gives no access.
ACCESS_KEY = "local"
SECRET_KEY = "local"  # noqa: S105 (not a secret)
ENDPOINT = "AWS_ENDPOINT_URL"


class LocalError(Exception):
    """The service can't run locally; the message gives the remedy in one or two lines."""


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        port: int = found.getsockname()[1]
        return port


def is_taken(port: int) -> bool:
    """Return whether a program listens at a port."""
    with socket.socket() as connection:
        return connection.connect_ex((HOST, port)) == 0


def refuse_foreign_endpoints(variables: Mapping[str, str], whose: str) -> None:
    """Reject environment variables with an AWS endpoint on another computer.

    Args:
        variables: Environment variables: name to value.
        whose: The owner of the variables, for the message.

    Raises:
        LocalError: An endpoint is on another computer.
    """
    for name, value in variables.items():
        if name.startswith(ENDPOINT) and not is_local(value):
            raise LocalError(f"{name} of {whose} is {value}, which isn't this computer: remove it")


# Variables that the emulator's programs need. Functions run any code, so they get no others.
PASSED_ON = frozenset({"HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "TZ", "USER"})


def without_secrets(variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment variables without secrets."""
    return {name: value for name, value in variables.items() if name in PASSED_ON}


def without_aws(variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment variables without AWS credentials and proxies."""
    kept = {name: value for name, value in variables.items() if not name.startswith("AWS_")}
    return {**kept, "NO_PROXY": f"{HOST},localhost", "no_proxy": f"{HOST},localhost"}


@dataclass(frozen=True)
class Cloud:
    """A running emulator.

    Attributes:
        port: Its port on the loopback address.
        certificate: Its certificate, if it enforces permissions: it then uses HTTPS.
        access_key: The accepted access key id; a secret, created at each start.
    """

    port: int
    certificate: Path | None = None
    access_key: str = field(default=ACCESS_KEY, repr=False)
    _clients: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    _making: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    @property
    def endpoint(self) -> str:
        """The endpoint of all its services."""
        return f"{self.scheme}://{HOST}:{self.port}"

    @property
    def scheme(self) -> str:
        """The URL's scheme."""
        return "http" if self.certificate is None else "https"

    def environment(self) -> dict[str, str]:
        """Return the environment for a program that can reach the emulator but not AWS."""
        return {**without_aws(), **self.variables()}

    def variables(self) -> dict[str, str]:
        """Return the variables that direct a program to the emulator."""
        trusted = str(self.certificate or "")
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            ENDPOINT: self.endpoint,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            **({"AWS_CA_BUNDLE": trusted, "NODE_EXTRA_CA_CERTS": trusted} if trusted else {}),
        }

    @cached_property
    def _session(self) -> boto3.Session:
        return boto3.Session(
            aws_access_key_id=self.access_key, aws_secret_access_key=SECRET_KEY, region_name=REGION
        )

    def client(self, service: str) -> Any:  # noqa: ANN401 (a client of any service)
        """Return a client of an AWS service, which threads may share."""
        # Creating one takes 10 ms and isn't thread-safe.
        with self._making:
            if service not in self._clients:
                self._clients[service] = self._make_client(service)
        return self._clients[service]

    def _make_client(self, service: str) -> Any:  # noqa: ANN401 (a client of any service)
        return self._session.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.endpoint,
            verify=None if self.certificate is None else str(self.certificate),
            config=Config(proxies={}),
        )
