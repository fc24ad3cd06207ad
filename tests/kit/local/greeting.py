"""A service with one function in a running emulator, created without the CDK."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aws_service_kit.local.cloud import Cloud, free_port
from aws_service_kit.local.code_replacement import zipped
from aws_service_kit.local.debugger import Debugger
from aws_service_kit.local.debugging import UNLIMITED_SECONDS
from aws_service_kit.local.emulator import Emulator
from aws_service_kit.project import ROOT

HANDLER = '''"""Greet."""


def handler(event, context):
    greeting = f"Hello {event['name']}"
    return {"greeting": greeting, "left": context.get_remaining_time_in_millis()}
'''
SOURCE = "src/service/handlers/greet.py"
FUNCTION = "greet"


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """A running emulator with a service of one function, created without the CDK.

    The emulator's Python is that of the service in which the tests run.
    """
    root = tmp_path_factory.mktemp("service")
    (root / SOURCE).parent.mkdir(parents=True)
    for package in ("src/service", "src/service/handlers"):
        (root / package / "__init__.py").touch()
    (root / "infrastructure").mkdir()
    (root / ".cache" / "local").mkdir(parents=True)
    (ROOT / ".cache" / "local").mkdir(parents=True, exist_ok=True)
    python = Emulator(ROOT)._install().parents[1]
    (root / ".cache" / "local" / "venv").symlink_to(python)
    emulator = Emulator(root)
    emulator.start(free_port())
    yield emulator
    Debugger(emulator).stop()
    emulator.stop()


def create_function(cloud: Cloud, root: Path, variables: dict[str, str], code: str) -> None:
    (root / SOURCE).write_text(code, encoding="utf-8")
    client = cloud.client("lambda")
    client.create_function(
        FunctionName=FUNCTION,
        Runtime="python3.13",
        Role="arn:aws:iam::000000000000:role/greet",
        Handler="service.handlers.greet.handler",
        Timeout=UNLIMITED_SECONDS,
        Code={"ZipFile": zipped(root / "src")},
        Environment={"Variables": variables},
    )
    version = client.publish_version(FunctionName=FUNCTION)["Version"]
    client.create_alias(FunctionName=FUNCTION, Name="live", FunctionVersion=version)


@contextmanager
def function(emulator: Emulator, variables: dict[str, str], code: str = HANDLER) -> Iterator[Cloud]:
    """Create a function in the emulator, and delete it at the end."""
    cloud = emulator.cloud()
    create_function(cloud, emulator.root, variables, code)
    try:
        yield cloud
    finally:
        cloud.client("lambda").delete_function(FunctionName=FUNCTION)


def invoke(cloud: Cloud, name: str = "Ana") -> dict[str, Any]:
    answer = cloud.client("lambda").invoke(
        FunctionName=FUNCTION, Qualifier="live", Payload=json.dumps({"name": name})
    )
    found: dict[str, Any] = json.loads(answer["Payload"].read())
    return found
