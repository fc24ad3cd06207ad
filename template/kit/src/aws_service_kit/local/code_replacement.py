"""Replacement of the functions' code, without CloudFormation: in a second instead of many."""

from __future__ import annotations

import io
import sys
import zipfile
from typing import TYPE_CHECKING

from aws_service_kit.app.bundle import build_package

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aws_service_kit.local.cloud import Cloud
    from aws_service_kit.local.emulator import Emulator

RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
LATEST = "$LATEST"
# The handlers of the service; the CDK has functions of its own.
HANDLERS = "service."


class CodeReplacement:
    """The replacement of all functions' code by the present source.

    The functions' aliases point to the unpublished code from then on. CloudFormation doesn't know
    of it, and would leave it where a template hasn't changed. Therefore a deployment repeats it.

    Args:
        cloud: The emulator.
        emulator: Its process.
    """

    def __init__(self, cloud: Cloud, emulator: Emulator) -> None:
        self._client = cloud.client("lambda")
        self._root = emulator.root
        self._made = emulator.temporary / "code-replaced"

    def run(self) -> None:
        """Replace the code.

        Raises:
            BundleError: The code can't be bundled.
        """
        archive = zipped(build_package(RUNTIME, self._root))
        self._made.touch()
        for function in self._functions():
            self._client.update_function_code(FunctionName=function, ZipFile=archive)
            for alias in self._client.list_aliases(FunctionName=function)["Aliases"]:
                if alias["FunctionVersion"] != LATEST:
                    name = alias["Name"]
                    self._client.update_alias(
                        FunctionName=function, Name=name, FunctionVersion=LATEST
                    )

    def repeat(self) -> None:
        """Replace the code if it has been replaced since the emulator's start."""
        if self._made.exists():
            self.run()

    def _functions(self) -> Iterator[str]:
        for page in self._client.get_paginator("list_functions").paginate():
            for function in page["Functions"]:
                if function["Handler"].startswith(HANDLERS):
                    yield function["FunctionName"]


def zipped(folder: Path) -> bytes:
    """Return a folder as an archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    return buffer.getvalue()
