"""What a shell says of AWS reaches no test and no check of a service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.programs import OWN_PROGRAMS, run
from tests.service_checks import environment
from tests.shell import listening

Shell = tuple[dict[str, str], list[bytes]]
TESTS = ("tests/unit/adapters", "tests/unit/runtime/test_parameters.py")


@pytest.fixture(params=["a variable", "a profile"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    """A shell that leads every program to an endpoint; and what is received there."""
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


def test_tests_reach_no_endpoint_of_the_shell(service: Path, shell: Shell) -> None:
    variables, received = shell
    pytest_ = (OWN_PROGRAMS / "pytest", "-p", "no:cacheprovider")
    done = run(service, *pytest_, *TESTS, environment=variables)
    assert done.returncode == 0, done.stdout
    assert received == []
