"""The versions of the template: the working tree's, and those of former releases."""

import tomllib
from typing import Any

from tests.programs import ROOT, git


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


# The last release, or this one on its commit.
VERSION: str = _read("pyproject.toml")["project"]["version"]
_RELEASE = _read("migrations/release.toml")
# The version of the working tree, released or not.
NUMBER: str = _RELEASE["release"]
# The release that older services must take first.
UPDATES_FROM: str = _RELEASE["updates_from"]
HERE = f"v{NUMBER}"
# The last release whose updater runs no migrations, and whose buses have names from CDK.
BEFORE_1_6 = "1.5.0"
RELEASES: list[str] = _read("tests/releases.toml")["versions"]


def commit_of(version: str) -> str | None:
    """Return a release's commit, the first with its version; None if the history lacks it."""
    line = version.replace(".", r"\.")
    commits = git(
        ROOT, "log", "--reverse", "--format=%H", f'-G^version = "{line}"$', "--", "pyproject.toml"
    )
    return commits.partition("\n")[0] or None


if __name__ == "__main__":
    for each in [*RELEASES, VERSION]:
        print(each, commit_of(each))  # noqa: T201 - what the release workflow reads
