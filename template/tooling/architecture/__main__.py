# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Write docs/architecture.md: synthesize every environment, without what only deploying needs."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from infrastructure.app import MISTAKES, ROOT, bare_app, build_environment
from infrastructure.config import ENVIRONMENT_NAMES, ServiceConfig, load
from tooling.architecture.assembly import read
from tooling.architecture.page import render

PAGE = Path("docs", "architecture.md")


def synthesize(config: ServiceConfig, folder: Path) -> None:
    """Write the cloud assembly of every environment into an empty folder.

    Neither the rule packs nor CloudFormation's rules look at it: the task `synth` does that.
    """
    bundle = folder / "bundle"
    bundle.mkdir()
    # Any file: the page tells nothing of the functions' code.
    (bundle / "code.py").touch()
    app = bare_app(folder, validation=False)
    for name in ENVIRONMENT_NAMES:
        build_environment(app, config=config, name=name, bundle=bundle)
    app.synth()


def write(root: Path, config: ServiceConfig, folder: Path) -> None:
    """Write the page of the project in a folder, by its cloud assembly."""
    text = render(config, {name: read(folder, name) for name in ENVIRONMENT_NAMES})
    path = root / PAGE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main(root: Path = ROOT) -> None:
    """Synthesize the project in a folder and write its page."""
    try:
        config = load(root)
        with tempfile.TemporaryDirectory() as name:
            synthesize(config, Path(name))
            write(root, config, Path(name))
    except MISTAKES as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
