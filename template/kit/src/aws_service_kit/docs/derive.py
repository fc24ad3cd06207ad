"""Write anew what is made from the code, by the assembly of the task `synth` if it is current."""

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from aws_service_kit.config import load
from aws_service_kit.controls import trace
from aws_service_kit.controls.evidence import Evidence, inputs
from aws_service_kit.controls.evidence.assembly import DOCUMENT, FOLDER, OPENAPI
from aws_service_kit.docs.architecture import __main__ as architecture
from aws_service_kit.project import ROOT


def main(root: Path = ROOT) -> None:
    """Write the OpenAPI document, and the pages on the architecture and on the controls.

    Args:
        root: The project's folder.
    """
    assembly = root / FOLDER
    if inputs.is_current(assembly, root):
        write(root, assembly)
        return
    # Only here, as the CDK takes seconds to start.
    from aws_service_kit.app.synthesis import MISTAKES  # noqa: PLC0415

    try:
        with tempfile.TemporaryDirectory() as name:
            architecture.synthesize(load(root), Path(name))
            write(root, Path(name))
    except MISTAKES as error:
        sys.exit(f"error: {error}")


def write(root: Path, assembly: Path) -> None:
    """Write the documents of a project by its cloud assembly."""
    document = assembly / OPENAPI
    if document.is_file():
        (root / DOCUMENT).parent.mkdir(parents=True, exist_ok=True)
        (root / DOCUMENT).write_bytes(document.read_bytes())
    else:
        sys.stdout.write(f"No stack offers an API: there is no {DOCUMENT} to write.\n")
    architecture.write(root, load(root), assembly)
    evidence = Evidence(root, datetime.now(UTC).date(), assembly)
    (root / trace.PAGE).write_text(trace.page(evidence), encoding="utf-8")


if __name__ == "__main__":
    main()
