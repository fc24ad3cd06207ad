"""An update stops before CloudFormation replaces or deletes stateful resources."""

import json
import subprocess
from pathlib import Path

import pytest
from aws_service_kit.controls.evidence.resource_types import ADDRESSED, STATEFUL, TOPIC
from aws_service_kit.update import resources
from aws_service_kit.update.errors import UpdateError

from tests import exhaustive
from tests.conftest import Render
from tests.test_local import set_up

# The types that the CDK calls stateful. It asks before CloudFormation replaces one.
SPECIFICATION = """
import { createRequire } from "node:module";
const own = createRequire(process.cwd() + "/package.json");
const library = createRequire(own.resolve("@aws-cdk/cloudformation-diff"));
const specification = library("@aws-cdk/aws-service-spec").loadAwsServiceSpecSync();
const types = [...specification.all("resource")].filter((type) => type.isStateful);
console.log(JSON.stringify(types.map((type) => type.cloudFormationType)));
"""
# A nested stack has no data, and its resources are compared like those of other stacks.
NESTED_STACK = "AWS::CloudFormation::Stack"

DATABASE = {
    "Type": "AWS::RDS::DBInstance",
    "Properties": {"DBInstanceIdentifier": "orders", "Engine": "postgres"},
}
API = {
    "Type": "AWS::ApiGateway::RestApi",
    "Properties": {"Name": "orders-prod"},
}


@pytest.fixture(scope="module")
def service_with_node(render: Render) -> Path:
    service = render({})
    set_up(service)
    return service


@exhaustive.MARK
def test_the_stateful_types_are_those_of_the_cdk(service_with_node: Path) -> None:
    listed = subprocess.run(
        ["node", "--input-type=module", "--eval", SPECIFICATION],
        cwd=service_with_node,
        check=True,
        capture_output=True,
    )
    assert {*json.loads(listed.stdout), TOPIC} - {NESTED_STACK} == set(STATEFUL)
    assert set(ADDRESSED).isdisjoint(STATEFUL)


@exhaustive.MARK
@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (
            {"Data": DATABASE},
            {"Data": {**DATABASE, "Properties": {"DBInstanceIdentifier": "o", "Engine": "mysql"}}},
            "the database would be replaced in prod, by DBInstanceIdentifier",
        ),
        ({"Data": API}, {}, "the API would be deleted in prod"),
    ],
    ids=["replaced database", "deleted API"],
)
def test_an_update_rejects_a_loss(
    service_with_node: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: dict[str, object],
    after: dict[str, object],
    words: str,
) -> None:
    monkeypatch.setattr(
        resources, "COMPARE", service_with_node / "kit/src/aws_service_kit/update/compare.mjs"
    )
    monkeypatch.chdir(service_with_node)
    folders = [tmp_path / "before", tmp_path / "after"]
    for folder, held in zip(folders, (before, after), strict=True):
        assembly(folder, held)
    with pytest.raises(UpdateError, match=words):
        resources.reject_losses(resources.compare(*folders), allowed=())


def assembly(folder: Path, held: dict[str, object]) -> None:
    """Write an assembly of prod, with one stack."""
    stage = folder / "assembly-prod"
    stage.mkdir(parents=True)
    stack = {
        "type": "aws:cloudformation:stack",
        "displayName": "prod/storage",
        "properties": {"templateFile": "storage.json"},
    }
    (stage / "manifest.json").write_text(json.dumps({"artifacts": {"storage": stack}}))
    (stage / "storage.json").write_text(json.dumps({"Resources": held}))
