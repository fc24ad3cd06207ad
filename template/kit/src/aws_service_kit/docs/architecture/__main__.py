"""Write docs/architecture.md: synthesize every environment, without what only deploying needs."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from aws_service_kit.config import ENVIRONMENT_NAMES, ServiceConfig, load
from aws_service_kit.docs.architecture.assembly import read
from aws_service_kit.docs.architecture.page import render
from aws_service_kit.project import ROOT

PAGE = Path("docs", "architecture.md")


def synthesize(config: ServiceConfig, folder: Path) -> None:
    """Write the cloud assembly of every environment into an empty folder.

    Neither the rule packs nor CloudFormation's rules look at it: the task `synth` does that.
    """
    # Only here, as the CDK takes seconds to start.
    from aws_service_kit.app import openapi  # noqa: PLC0415
    from aws_service_kit.app.synthesis import bare_app, build_environment  # noqa: PLC0415

    bundle = folder / "bundle"
    bundle.mkdir()
    # Any file: the page tells nothing of the functions' code.
    (bundle / "code.py").touch()
    app = bare_app(folder, validation=False)
    services = {
        name: build_environment(app, config=config, name=name, bundle=bundle)
        for name in ENVIRONMENT_NAMES
    }
    app.synth()
    openapi.write(folder, config, services["dev"])


def write(root: Path, config: ServiceConfig, folder: Path) -> None:
    """Write the page of the project in a folder, by its cloud assembly."""
    text = render(config, {name: read(folder, name) for name in ENVIRONMENT_NAMES})
    path = root / PAGE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main(root: Path = ROOT) -> None:
    """Synthesize the project in a folder and write its page."""
    from aws_service_kit.app.synthesis import MISTAKES  # noqa: PLC0415 - as above

    try:
        config = load(root)
        with tempfile.TemporaryDirectory() as name:
            synthesize(config, Path(name))
            write(root, config, Path(name))
    except MISTAKES as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
