"""Replace the functions' code without CloudFormation, which takes a second instead of many."""

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

# The emulator runs functions on this computer, in the emulator's Python.
RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
LATEST = "$LATEST"
# The handlers of the service begin with this. The CDK adds functions with other handlers.
HANDLERS = "service."


class CodeReplacement:
    """Replaces the code of all functions by the current source.

    After that, the functions' aliases point to unpublished code. CloudFormation doesn't know this,
    and keeps the replaced code if a template is unchanged. So each deployment replaces it again.

    Args:
        cloud: The emulator.
        emulator: The emulator's process.
    """

    def __init__(self, cloud: Cloud, emulator: Emulator) -> None:
        self._client = cloud.client("lambda")
        self._root = emulator.root
        self._marker = emulator.temporary / "code-replaced"

    def run(self) -> None:
        """Replace the code.

        Raises:
            BundleError: The code can't be bundled.
        """
        archive = zipped(build_package(RUNTIME, self._root))
        self._marker.touch()
        for function in self._functions():
            self._client.update_function_code(FunctionName=function, ZipFile=archive)
            for alias in self._client.list_aliases(FunctionName=function)["Aliases"]:
                if alias["FunctionVersion"] != LATEST:
                    name = alias["Name"]
                    self._client.update_alias(
                        FunctionName=function, Name=name, FunctionVersion=LATEST
                    )

    def repeat(self) -> None:
        """Replace the code if it has been replaced since the emulator was started."""
        if self._marker.exists():
            self.run()

    def _functions(self) -> Iterator[str]:
        for page in self._client.get_paginator("list_functions").paginate():
            for function in page["Functions"]:
                if function["Handler"].startswith(HANDLERS):
                    yield function["FunctionName"]


def zipped(folder: Path) -> bytes:
    """Return a folder as a ZIP archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    return buffer.getvalue()
