"""Shell variables and personal files don't affect tests, checks and synthesis of a service."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Render
from tests.programs import OWN_PROGRAMS, run
from tests.service_checks import assert_passes, environment, task
from tests.shell import listening

Shell = tuple[dict[str, str], list[bytes]]
TESTS = "tests/unit/adapters"


@pytest.fixture(params=["a variable", "a profile"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    """A shell that directs every program to a local endpoint, and the received data."""
    with listening() as (port, received):
        url = f"http://127.0.0.1:{port}"
        keys = {"AWS_ACCESS_KEY_ID": "real", "AWS_SECRET_ACCESS_KEY": "real"}
        config = tmp_path / "config"
        config.write_text(f"[profile work]\nregion = sa-east-1\nendpoint_url = {url}\n", "utf-8")
        leading = {
            "a variable": {"AWS_ENDPOINT_URL": url, "AWS_REGION": "sa-east-1"},
            "a profile": {"AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "work"},
        }[request.param]
        yield {**environment(), **keys, **leading}, received


def test_tests_pass_in_any_folder_and_time_zone(service: Path, tmp_path: Path) -> None:
    """A service's tests, with a space in the user's name and another date in the time zone.

    CI doesn't cover such time zones: https://github.com/paperclipai/paperclip/pull/11478.
    """
    (tmp_path / "Ana Maria").mkdir()
    (tmp_path / "temporary").symlink_to(tmp_path / "Ana Maria")
    elsewhere = {
        "COLUMNS": "40",
        "FORCE_COLOR": "1",
        "TMPDIR": str(tmp_path / "temporary"),
        "TZ": "Pacific/Kiritimati",
    }
    pytest_ = (OWN_PROGRAMS / "pytest", "-p", "no:cacheprovider", "--color=no")
    tests = ("tests/unit/domain", "tests/unit/handlers")
    done = run(service, *pytest_, *tests, environment={**environment(), **elsewhere})
    assert done.returncode == 0, done.stdout


def test_the_name_of_the_folder_does_not_affect_checks(service: Path, tmp_path: Path) -> None:
    """Tools may treat brackets as a pattern: https://github.com/OpenFn/kit/issues/1551."""
    copy = shutil.copytree(service, tmp_path / "Serviço [1] 100% a'b & c")
    assert_passes(copy, "lint", "imports")


def test_tests_reach_no_endpoint_of_the_shell(service: Path, shell: Shell) -> None:
    variables, received = shell
    pytest_ = (OWN_PROGRAMS / "pytest", "-p", "no:cacheprovider")
    done = run(service, *pytest_, TESTS, environment=variables)
    assert done.returncode == 0, done.stdout
    assert received == []


PERSONAL: dict[str, Any] = {
    "context": {"@aws-cdk/core:newStyleStackSynthesis": False, "personal": "value"},
    "tags": [{"Key": "who", "Value": "me"}],
    "toolkitStackName": "Mine",
}
# Writes the context of the CDK's command line, and synthesizes nothing.
APP = """import os, sys
with open("given.json", "w") as file:
    file.write(os.environ["CDK_CONTEXT_JSON"])
sys.exit(os.environ["CDK_DEFAULT_REGION"])
"""


def test_a_personal_configuration_of_the_cdk_does_not_affect_the_synthesis(
    render: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = render({}, into=tmp_path / "service")
    done = run(service, "npm", "ci", "--silent", environment=environment())
    assert done.returncode == 0, done.stdout
    (service / "given.py").write_text(APP, encoding="utf-8")
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    (home / ".cdk.json").write_text(json.dumps(PERSONAL), encoding="utf-8")
    (home / ".aws/config").write_text("[default]\nregion = sa-east-1\n", encoding="utf-8")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(home))

    said = task(service, "diff", "--environment", "dev", "--app", "python given.py").stdout

    # The account is still that of the user's credentials.
    assert "sa-east-1" in said
    given = json.loads((service / "given.json").read_text(encoding="utf-8"))
    flags = json.loads((service / "cdk.json").read_text(encoding="utf-8"))["context"]
    assert flags.items() <= given.items()
    assert not PERSONAL["context"].keys() & given.keys()
