"""Types of tests are separate: only some have Lambda's environment, or load the CDK."""

import json
import subprocess
import sys
from dataclasses import dataclass

import pytest
from aws_service_kit.project import ROOT

COLLECT = """
import json, os, sys
import pytest

code = pytest.main(["--collect-only", "-qq", "-p", "no:copie", "-p", "no:xdist", sys.argv[1]])
on_lambda = "AWS_LAMBDA_FUNCTION_NAME" in os.environ
print(json.dumps({"code": code, "on_lambda": on_lambda, "with_cdk": "aws_cdk" in sys.modules}))
"""


@dataclass
class Collected:
    """A process that has collected a folder of the service's tests."""

    code: int
    on_lambda: bool
    with_cdk: bool


def collect(folder: str) -> Collected:
    command = [sys.executable, "-c", COLLECT, f"tests/{folder}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    collected = Collected(**json.loads(done.stdout.splitlines()[-1]))
    assert collected.code == pytest.ExitCode.OK, done.stdout
    return collected


def test_unit_tests_have_lambdas_environment_and_do_not_import_the_cdk() -> None:
    collected = collect("unit")

    assert collected.on_lambda
    assert not collected.with_cdk


def test_infrastructure_tests_may_import_the_cdk() -> None:
    collected = collect("infrastructure")

    assert collected.on_lambda
    assert collected.with_cdk


def test_local_tests_do_not_have_lambdas_environment() -> None:
    assert not collect("local").on_lambda
