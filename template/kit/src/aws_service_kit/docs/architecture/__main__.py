"""Write docs/architecture.md from a synthesis without the functions' code and rule packs."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from aws_service_kit.config import ENVIRONMENT_NAMES, ServiceConfig, load
from aws_service_kit.docs.architecture.assembly import Assembly, read
from aws_service_kit.docs.architecture.document import render
from aws_service_kit.project import ROOT

DOCUMENT_PATH = Path("docs", "architecture.md")


def synthesize(config: ServiceConfig, folder: Path) -> None:
    """Write the cloud assembly of every environment into an empty folder.

    Rule packs and CloudFormation's rules don't run here. The task `synth` runs them.
    """
    # Imported here because the CDK takes seconds to start.
    from aws_service_kit.app import event_schemas, openapi_document  # noqa: PLC0415
    from aws_service_kit.app.synthesis import build_environment, empty_app  # noqa: PLC0415

    bundle = folder / "bundle"
    bundle.mkdir()
    # The document doesn't describe the functions' code, so any file will do.
    (bundle / "code.py").touch()
    app = empty_app(folder, validation=False)
    services = {
        name: build_environment(app, config=config, name=name, bundle=bundle)
        for name in ENVIRONMENT_NAMES
    }
    app.synth()
    openapi_document.write(folder, config, services["dev"])
    event_schemas.write(folder)


def write(root: Path, config: ServiceConfig, assemblies: Mapping[str, Assembly]) -> None:
    """Write the document of the project in a folder, from every environment's assembly."""
    text = render(config, assemblies)
    path = root / DOCUMENT_PATH
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main(root: Path = ROOT) -> None:
    """Synthesize the project in a folder and write its document."""
    from aws_service_kit.app.synthesis import MISTAKES  # noqa: PLC0415 - as above

    try:
        config = load(root)
        with tempfile.TemporaryDirectory() as name:
            synthesize(config, Path(name))
            write(root, config, {each: read(Path(name), each) for each in ENVIRONMENT_NAMES})
    except MISTAKES as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
