# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Write anew what is made from the code, in one process: the CDK takes seconds to start."""

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from aws_guidelines import trace
from aws_guidelines.evidence import Evidence
from infrastructure import openapi
from infrastructure.app import MISTAKES, ROOT
from infrastructure.config import load
from tooling.architecture import __main__ as architecture


def main(root: Path = ROOT) -> None:
    """Write the OpenAPI document, and the pages on the architecture and on the controls.

    Args:
        root: The project's folder.
    """
    openapi.main(root)
    try:
        config = load(root)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            architecture.synthesize(config, folder)
            architecture.write(root, config, folder)
            evidence = Evidence(root, datetime.now(UTC).date(), folder)
            (root / trace.PAGE).write_text(trace.page(evidence), encoding="utf-8")
    except MISTAKES as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
