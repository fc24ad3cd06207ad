"""The emulator of a generated service, to which its programs deploy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aws_service_kit.local import deployment
from aws_service_kit.local.cloud import Cloud, free_port
from aws_service_kit.local.emulator import Emulator

from tests.service_checks import environment


@contextmanager
def bootstrapped(service: Path) -> Iterator[Cloud]:
    """Run a service's emulator, bootstrapped for the CDK."""
    emulator = Emulator(service)
    cloud = emulator.start(free_port())
    try:
        deployment.bootstrap(cloud, emulator)
        yield cloud
    finally:
        emulator.stop()


def variables(cloud: Cloud, home: Path) -> dict[str, str]:
    """Return the variables by which a service's programs and the CDK use the emulator.

    Args:
        cloud: The emulator.
        home: Home folder for the CDK CLI's cache of accounts.
    """
    variables_of_service = environment()
    return {
        **variables_of_service,
        **cloud.environment(),
        "PATH": variables_of_service["PATH"],
        "CDK_HOME": str(home),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
    }
