"""Commands in a service's documents run against the emulator.

Documents mark the commands that the emulator doesn't support.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aws_service_kit.local.cloud import ACCOUNT, Cloud

from tests import exhaustive
from tests.conftest import Render
from tests.emulated import bootstrapped, variables
from tests.programs import ROOT, run
from tests.test_local import set_up

DOCS = ROOT / "template" / "kit" / "guides"
DOCUMENTS = {path.stem: path for path in sorted(DOCS.glob("*.md"))}
BLOCK = re.compile(
    r"^ *```sh\n(?P<commands>.*?)^ *```$(?:\s*\*Not rehearsed: (?P<reason>[^*]+)\*$)?", re.M | re.S
)
APP = Path(__file__).parent / "walkthrough_app.py"

# Commands that other tests run, by test.
ELSEWHERE = {
    "python3 dev.py preview-synth": "test_previews.py",
    "python3 dev.py remove-sample": "test_remove_sample.py",
    "python3 dev.py update": "test_updater.py",
    "python3 dev.py audit": "test_raised_pins.py",
    "cd .cache/update/tree": "test_updater.py",
    "python3 dev.py diff": "template/kit/src/aws_service_kit/testing/suites/local/deployment.py",
}
# Replacements of placeholders, and of parts that the emulator doesn't support.
CHANGES = {
    "first-deployment": {
        "export ACCOUNT=111111111111": f"export ACCOUNT={ACCOUNT}",
        # The emulator has another address of the API.
        'curl --fail --show-error "${URL%/}/health"': 'test -n "$URL"',
        "sleep 15": "sleep 0",
    },
    "personal-data": {"ENVIRONMENT=prod": "ENVIRONMENT=dev"},
    "restore-a-table": {
        "ENVIRONMENT=prod": "ENVIRONMENT=dev",
        # The emulator ignores the time, and restores the present items.
        "2026-11-24T09:00:00-03:00": "$(date --iso-8601=seconds)",
        "REQUEST#018f3c5e-7b7a-7cc3-98c4-dc0c0c07398f": "REQUEST#kept",
    },
}
RUNS = "set -euo pipefail\n"
# The last one deletes a stack.
IN_ORDER = [
    "first-deployment",
    "organisation",
    "personal-data",
    "dead-letters",
    "failed-deployment",
]


@dataclass(frozen=True)
class Block:
    """Commands that a document shows.

    Attributes:
        commands: Lines of a shell.
        reason: The reason why they aren't run, or None.
    """

    commands: str
    reason: str | None

    @property
    def elsewhere(self) -> bool:
        """Whether another test runs them."""
        return self.commands.startswith(tuple(ELSEWHERE))


def blocks(name: str) -> list[Block]:
    """List the commands of a document, as a test runs them."""
    text = DOCUMENTS[name].read_text(encoding="utf-8")
    for shown, ours in CHANGES.get(name, {}).items():
        assert shown in text, shown
        text = text.replace(shown, ours)
    return [
        Block(textwrap.dedent(found["commands"]), found["reason"]) for found in BLOCK.finditer(text)
    ]


def rehearsed(name: str) -> list[Block]:
    """Return the blocks of a document that this test runs."""
    return [block for block in blocks(name) if block.reason is None and not block.elsewhere]


Shell = Callable[..., str]


@pytest.fixture(scope="module")
def service(render: Render) -> Path:
    service = render(
        {"service_name": "orders", "stacks": ["api", "messaging", "events", "workflow"]}
    )
    set_up(service)
    return service


@pytest.fixture(scope="module")
def cloud(service: Path) -> Iterator[Cloud]:
    with bootstrapped(service) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def shell(service: Path, cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Return a function that runs lines in the service's folder, and asserts that they succeed."""
    reaching = variables(cloud, tmp_path_factory.mktemp("cdk"))

    def shell(lines: str, **more: str) -> str:
        lines = lines.replace("python3 dev.py", "poe --quiet --executor simple")
        done = run(service, "bash", "-c", RUNS + lines, environment={**reaching, **more})
        assert done.returncode == 0, f"{lines}\n{done.stdout}"
        return done.stdout

    shell(
        "npx --no -- cdk deploy --require-approval never --no-notices "
        f"--app 'python {APP}' --output .cache/rehearsed '**'"
    )
    return shell


def physical_id(cloud: Cloud, stack: str, logical_id: str) -> str:
    found = cloud.client("cloudformation").describe_stack_resource(
        StackName=f"orders-dev-{stack}", LogicalResourceId=logical_id
    )
    name: str = found["StackResourceDetail"]["PhysicalResourceId"]
    return name


def test_every_document_with_commands_is_rehearsed() -> None:
    """The Portuguese document has the commands of the English one (`test_personal_data.py`)."""
    found = {name for name in DOCUMENTS if rehearsed(name)}
    assert found - {"dados-pessoais"} == {"restore-a-table", *IN_ORDER}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_commands_that_need_other_services_have_a_reason(name: str) -> None:
    """The emulator doesn't support GitHub and Cost Explorer, so their commands need a reason."""
    for block in rehearsed(name):
        assert not re.search(r"^\s*(gh|aws ce|git) |\$\(gh ", block.commands, re.M), block.commands


@exhaustive.MARK
def test_a_table_is_restored_as_the_guide_says(cloud: Cloud, shell: Shell) -> None:
    table = physical_id(cloud, "storage", "Records")
    dynamodb = cloud.client("dynamodb")
    key = {"pk": {"S": "OWNER#alice"}, "sk": {"S": "REQUEST#kept"}}
    dynamodb.put_item(TableName=table, Item={**key, "document": {"S": "52998224725"}})
    before = described(cloud, table)

    shell("".join(block.commands for block in rehearsed("restore-a-table")))

    assert dynamodb.get_item(TableName=table, Key=key)["Item"]["document"]
    # The emulator's CloudFormation sets none of the three, so the guide's commands have set them.
    (stack,) = cloud.client("cloudformation").describe_stacks(StackName="orders-dev-storage")[
        "Stacks"
    ]
    tags = {tag["Key"]: tag["Value"] for tag in stack["Tags"]}
    assert {"service", "environment"} <= tags.keys()
    assert described(cloud, table) == {
        **before,
        "recovery": "ENABLED",
        "ends": {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"},
        "tags": tags,
    }
    assert dynamodb.list_tables()["TableNames"] == [table]
    (mapping,) = cloud.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert mapping["State"] == "Enabled"


def described(cloud: Cloud, table: str) -> dict[str, Any]:
    """Return the settings of a table that a restore may omit."""
    dynamodb = cloud.client("dynamodb")
    found = dynamodb.describe_table(TableName=table)["Table"]
    continuous = dynamodb.describe_continuous_backups(TableName=table)
    recovery = continuous["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    return {
        "keys": found["KeySchema"],
        "indexes": [index["IndexName"] for index in found["GlobalSecondaryIndexes"]],
        "recovery": recovery["PointInTimeRecoveryStatus"],
        "ends": dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"],
        "tags": {
            tag["Key"]: tag["Value"]
            for tag in dynamodb.list_tags_of_resource(ResourceArn=found["TableArn"])["Tags"]
            if not tag["Key"].startswith("aws:")
        },
    }


@exhaustive.MARK
@pytest.mark.parametrize("name", IN_ORDER)
def test_the_commands_of_a_document_succeed(name: str, shell: Shell) -> None:
    chosen = {
        "SERVICE": "orders",
        "ENVIRONMENT": "dev",
        "STACK": "orders-dev-workflow",
    }
    steps = [block.commands for block in rehearsed(name)]
    assert steps
    shell("".join(steps), **chosen)
