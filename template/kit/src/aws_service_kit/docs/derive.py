"""Write the derived documents, from the assembly of the task `synth` if that is current."""

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from aws_service_kit.config import ENVIRONMENT_NAMES, load
from aws_service_kit.controls import traceability
from aws_service_kit.controls.evidence import Evidence, inputs
from aws_service_kit.controls.evidence.assembly import (
    DOCUMENT,
    EVENTS,
    EVENTS_DOCUMENT,
    FOLDER,
    OPENAPI,
)
from aws_service_kit.docs import configuration
from aws_service_kit.docs.architecture import __main__ as architecture
from aws_service_kit.docs.architecture.assembly import Assembly, read
from aws_service_kit.docs.runbooks import write as runbooks
from aws_service_kit.project import ROOT


def main(root: Path = ROOT) -> None:
    """Write the descriptions of API and events, the documents and the runbooks.

    Args:
        root: The project's folder.
    """
    assembly = root / FOLDER
    if inputs.is_current(assembly, root):
        write(root, assembly)
        return
    # Imported here because the CDK takes seconds to start.
    from aws_service_kit.app.synthesis import MISTAKES  # noqa: PLC0415

    try:
        with tempfile.TemporaryDirectory() as name:
            architecture.synthesize(load(root), Path(name))
            write(root, Path(name))
    except MISTAKES as error:
        sys.exit(f"error: {error}")


def write(root: Path, assembly: Path) -> None:
    """Write a project's documents from its cloud assembly."""
    if not _copy(assembly / OPENAPI, root / DOCUMENT):
        sys.stdout.write(f"No stack has an API, so {DOCUMENT} isn't written.\n")
    _copy(assembly / EVENTS, root / EVENTS_DOCUMENT)
    config = load(root)
    environments: dict[str, Assembly] = {name: read(assembly, name) for name in ENVIRONMENT_NAMES}
    architecture.write(root, config, environments)
    configuration.write(root, config, environments)
    for line in runbooks.write(root, config, environments):
        sys.stdout.write(f"warning: {line}\n")
    evidence = Evidence(root, datetime.now(UTC).date(), assembly)
    (root / traceability.DOCUMENT).write_text(traceability.document(evidence), encoding="utf-8")


def _copy(source: Path, target: Path) -> bool:
    """Copy a document of the assembly; return False if the assembly has none."""
    if not source.is_file():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(source.read_bytes())
    return True


if __name__ == "__main__":
    main()
