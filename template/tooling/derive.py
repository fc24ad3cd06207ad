# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Write anew what is made from the code, in one process: the CDK takes seconds to start."""

from pathlib import Path

from infrastructure import openapi
from infrastructure.app import ROOT
from tooling.architecture import __main__ as architecture


def main(root: Path = ROOT) -> None:
    """Write docs/openapi.json and docs/architecture.md of the project in a folder."""
    openapi.main(root)
    architecture.main(root)


if __name__ == "__main__":
    main()
