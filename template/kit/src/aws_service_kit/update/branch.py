"""Print a warning if no branch of the repository is deployed.

Git's default branch may be `master`, and a push to it starts no workflow.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import yaml

from aws_service_kit.project import ROOT
from aws_service_kit.update.git import Git

WORKFLOW = Path(".github", "workflows", "deploy.yml")
# YAML 1.1 reads the key `on` as true.
ON = True


def advice(root: Path) -> str | None:
    """Return a remedy if no branch of the repository is deployed.

    Args:
        root: The service's folder.

    Returns:
        One line; None if a branch is deployed, no branch is checked out, or there is no repository.
    """
    git = Git(root)
    if not (root / WORKFLOW).exists() or not git.succeeds("symbolic-ref", "--quiet", "HEAD"):
        return None
    current = git("symbolic-ref", "--short", "HEAD").strip()
    local = git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").split()
    remote = git("for-each-ref", "--format=%(refname:lstrip=3)", "refs/remotes").split()
    deployed = _deployed(root / WORKFLOW)
    if any(fnmatchcase(name, each) for name in (current, *local, *remote) for each in deployed):
        return None
    return (
        f"Only the branch {' or '.join(deployed)} is deployed ({WORKFLOW.as_posix()}), and this "
        f"repository has none: git branch --move {deployed[0]}"
    )


def _deployed(workflow: Path) -> list[str]:
    """Return the branches whose pushes start the deployment workflow."""
    content = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    branches: list[str] = content[ON]["push"]["branches"]
    return branches


if __name__ == "__main__":
    if line := advice(ROOT):
        print(line)
