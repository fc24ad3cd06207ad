"""The documented first push reaches the deployed branch, regardless of git's default branch."""

import re
from pathlib import Path

import pytest

from tests.programs import ROOT, git, run
from tests.test_workflows import TEMPLATE

DOCUMENT = TEMPLATE / "kit" / "guides" / "first-deployment.md"
STEP = re.compile(r"^## 7\. The first push\n.+?^```sh\n(?P<commands>.+?)^```$", re.M | re.S)


@pytest.mark.parametrize("started", ["as documented", "by git's default"])
@pytest.mark.parametrize("default", ["main", "master", "trunk"])
def test_the_first_push_deploys(tmp_path: Path, default: str, started: str) -> None:
    service, origin = tmp_path / "service", tmp_path / "origin.git"
    service.mkdir()
    (service / "file.txt").write_text("A file.\n", encoding="utf-8")
    config = tmp_path / "gitconfig"
    for name, value in (
        ("init.defaultBranch", default),
        ("user.name", "Ana"),
        ("user.email", "ana@example.com"),
    ):
        git(tmp_path, "config", "--file", config, name, value)
    documented = re.findall(r"git init [^`\n]*-b main", (ROOT / "README.md").read_text("utf-8"))
    assert documented
    begin = documented[0] if started == "as documented" else "git init --quiet"
    found = STEP.search(DOCUMENT.read_text(encoding="utf-8"))
    assert found
    commands = [line for line in found["commands"].splitlines() if line.startswith("git ")]
    git(tmp_path, "init", "--quiet", "--bare", origin)
    script = "\n".join(["set -e", begin, f"git remote add origin '{origin}'", *commands])
    environment = {"PATH": "/usr/bin:/bin", "GIT_CONFIG_GLOBAL": str(config)}

    result = run(service, "bash", "-c", script, environment=environment)

    assert result.returncode == 0, result.stdout
    assert git(origin, "for-each-ref", "--format=%(refname)") == "refs/heads/main\n"
