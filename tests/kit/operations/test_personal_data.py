"""Only data about one person is found, exported and erased."""

import io
import json
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aws_service_kit.config import ConfigError, load
from aws_service_kit.operations import personal_data
from aws_service_kit.operations.deployed import Deployed, Resource
from aws_service_kit.operations.personal_data import (
    Count,
    Endless,
    Subject,
    erase,
    expire,
    items_about,
    main,
    out_of_reach,
)
from aws_service_kit.project import ROOT
from aws_service_kit.testing.sample import project
from botocore.exceptions import NoCredentialsError
from botocore.parsers import ResponseParserError
from moto import mock_aws

DEPLOYED = Deployed("orders", "dev", "us-east-1")
TABLE = "orders-dev-storage-Records"
RESTORED = f"{TABLE}-restored"
CPF, FORMATTED, OTHER = "52998224725", "529.982.247-25", "11144477735"
MADE = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)
SUBJECT = Subject.of(CPF, ["document"])
HELD = Resource("orders-dev-storage", "Records", "AWS::DynamoDB::GlobalTable", TABLE)
# dev overrides the retention of all environments.
TEAM = """
[records]
retention_days = 1825
[environments.dev.records]
retention_days = 30
"""
ABSENT = replace(HELD, physical_id="absent")


def make_table(name: str = TABLE) -> None:
    DEPLOYED.client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "day")
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-day",
                "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def put(number: int, *, table: str = TABLE, **attributes: str) -> None:
    """Store an item with attributes of the sample."""
    item = {"pk": f"OWNER#{number}", "sk": "REQUEST#1", "day": "2026-11-24", **attributes}
    DEPLOYED.client("dynamodb").put_item(
        TableName=table, Item={name: {"S": value} for name, value in item.items()}
    )


def stored(table: str = TABLE, **query: Any) -> set[str]:  # noqa: ANN401 (of a scan)
    answer = DEPLOYED.client("dynamodb").scan(TableName=table, **query)
    return {item["pk"]["S"] for item in answer["Items"]}


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Create an account with a table of the service."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    config = load(project(tmp_path / "service", team=TEAM))
    monkeypatch.setattr(personal_data, "find", lambda _: DEPLOYED)
    monkeypatch.setattr(personal_data, "load", lambda: config)
    monkeypatch.setattr(Deployed, "resources", lambda *_: iter([HELD]))
    with mock_aws():
        make_table()
        yield


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enter a CPF."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{FORMATTED}\n"))


@pytest.mark.parametrize("identifier", [CPF, FORMATTED, f" {CPF}\n", "529 982 247 25"])
def test_a_cpf_is_recognised_in_each_format(identifier: str) -> None:
    assert Subject.of(identifier, ["document"]) == Subject(("document",), (CPF, FORMATTED))


def test_another_identifier_is_unchanged() -> None:
    assert Subject.of("maria@example.com\n", ["email"]).spellings == ("maria@example.com",)
    with pytest.raises(ValueError, match="no CPF"):
        Subject.of(" \n", ["document"])


def test_only_items_of_the_person_are_erased() -> None:
    for number, document in enumerate((CPF, FORMATTED, OTHER)):
        put(number, document=document)
    put(3, payer=CPF)
    put(4)

    dynamodb = DEPLOYED.client("dynamodb")
    both = Subject.of(CPF, ["document", "payer"])
    assert erase(dynamodb, TABLE, SUBJECT) == Count(found=2, erased=2)
    assert stored() == {"OWNER#2", "OWNER#3", "OWNER#4"}
    assert erase(dynamodb, TABLE, both) == Count(found=1, erased=1)
    assert stored() == stored(IndexName="by-day") == {"OWNER#2", "OWNER#4"}


def test_all_pages_of_a_table_are_read() -> None:
    """A page has a megabyte of items before the filter."""
    for number in range(12):
        put(number, document=CPF if number in {0, 11} else OTHER, filling="x" * 300_000)
    assert sum(1 for _ in items_about(DEPLOYED.client("dynamodb"), TABLE, SUBJECT)) == 2


def test_an_item_that_meanwhile_belongs_to_another_person_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An expired idempotency key may be reused for another person's request."""
    put(1, document=CPF)
    found = list(items_about(DEPLOYED.client("dynamodb"), TABLE, SUBJECT))
    put(1, document=OTHER)
    monkeypatch.setattr(personal_data, "items_about", lambda *_: iter(found))

    assert erase(DEPLOYED.client("dynamodb"), TABLE, SUBJECT) == Count(found=1, erased=0)
    assert stored() == {"OWNER#1"}


def test_remaining_copies_are_listed() -> None:
    dynamodb = DEPLOYED.client("dynamodb")
    make_table(RESTORED)
    make_table("payments")
    dynamodb.update_continuous_backups(
        TableName=TABLE,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    backup = dynamodb.create_backup(TableName=TABLE, BackupName="before")["BackupDetails"]

    assert list(out_of_reach(dynamodb, TABLE, date(2026, 11, 24))) == [
        f"point-in-time recovery of {TABLE}, until 2026-12-29",
        f"backup {backup['BackupArn']}",
        f"table {RESTORED}, which may be a restored copy: --table {RESTORED} includes it",
    ]


@pytest.mark.usefixtures("given")
def test_an_erasure_prints_a_line_without_personal_data(
    capsys: pytest.CaptureFixture[str],
) -> None:
    put(1, document=CPF, notes="Maria lives in Rua das Flores")
    put(2, document=OTHER)

    assert main(["erase", "--environment", "dev", "--case", "2026-017"]) == 0

    (line,) = capsys.readouterr().out.splitlines()
    entry = json.loads(line)
    age = datetime.now(UTC) - datetime.fromisoformat(entry.pop("at"))
    assert timedelta() <= age < timedelta(minutes=1)
    assert entry == {
        "operation": "erase",
        "case": "2026-017",
        "service": "orders",
        "environment": "dev",
        "complete": True,
        "tables": {TABLE: {"found": 1, "erased": 1}},
        "out_of_reach": [],
    }
    assert not [value for value in (CPF, FORMATTED, "Maria", "OWNER") if value in line]


@pytest.mark.usefixtures("given")
def test_a_failed_erasure_prints_its_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only this line shows which items were erased."""
    make_table(RESTORED)
    for number in (1, 2):
        put(number, document=CPF)
        put(number, document=CPF, table=RESTORED)
    made, deleted = Deployed.client, 0

    def fail(**_: object) -> None:
        nonlocal deleted
        deleted += 1
        if deleted > 3:
            raise ResponseParserError("Unable to parse")

    def client(self: Deployed, service: str) -> Any:  # noqa: ANN401 (a client)
        failing = made(self, service)
        failing.meta.events.register("before-call.dynamodb.DeleteItem", fail)
        return failing

    monkeypatch.setattr(Deployed, "client", client)

    command = ["erase", "--environment", "dev", "--case", "1", "--table", RESTORED]
    assert main(command) == 1

    said = capsys.readouterr()
    entry = json.loads(said.out)
    assert entry["complete"] is False
    assert entry["tables"] == {
        TABLE: {"found": 2, "erased": 2},
        RESTORED: {"found": 2, "erased": 1},
    }
    assert said.err == "error: Unable to parse\n"
    assert (stored(), len(stored(RESTORED))) == (set(), 1)


@pytest.mark.usefixtures("given")
def test_nothing_is_erased_if_its_copies_cannot_be_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(1, document=CPF)
    monkeypatch.setattr(Deployed, "resources", lambda *_: iter([HELD, ABSENT]))

    assert main(["erase", "--environment", "dev", "--case", "1"]) == 1

    assert stored() == {"OWNER#1"}
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("given")
def test_a_restored_table_is_included_with_an_option() -> None:
    make_table(RESTORED)
    put(1, document=CPF)
    put(1, document=CPF, table=RESTORED)

    command = ["erase", "--environment", "dev", "--case", "1", "--table", RESTORED]
    assert main(command) == 0
    assert stored() == stored(RESTORED) == set()


@pytest.mark.usefixtures("given")
def test_an_export_is_readable_by_its_owner_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(1, document=CPF, reference="órder-1")
    put(2, document=OTHER)
    output = tmp_path / "export.json"

    assert main(["export", "--environment", "dev", "--output", str(output)]) == 0

    assert capsys.readouterr().out == f"{output}: 1 items\n"
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    exported: Mapping[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    assert [item["reference"] for item in exported[TABLE]] == ["órder-1"]


@pytest.mark.usefixtures("given")
def test_an_export_overwrites_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "export.json"
    output.write_text("of another person", encoding="utf-8")

    assert main(["export", "--environment", "dev", "--output", str(output)]) == 1
    assert output.read_text(encoding="utf-8") == "of another person"
    assert "exists" in capsys.readouterr().err


@pytest.mark.usefixtures("given")
def test_finding_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    put(1, document=CPF)
    assert main(["find", "--environment", "dev"]) == 0
    assert capsys.readouterr().out == f"{TABLE}: 1\n"
    assert stored() == {"OWNER#1"}


def expire_after(days: int, *, apply: bool) -> Endless:
    return expire(
        DEPLOYED.client("dynamodb"),
        TABLE,
        attributes=["document"],
        retention=timedelta(days=days),
        now=MADE + timedelta(days=10),
        apply=apply,
    )


def switch_time_to_live_on() -> None:
    DEPLOYED.client("dynamodb").update_time_to_live(
        TableName=TABLE,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"},
    )


def test_items_without_an_expiry_get_one() -> None:
    dynamodb = DEPLOYED.client("dynamodb")
    for number, made in enumerate((MADE, MADE + timedelta(days=5))):
        put(number, document=CPF, created_at=made.isoformat())
    put(2, document=CPF)
    put(3, created_at=MADE.isoformat())
    assert expire_after(7, apply=True) == Endless(), "without a time to live it isn't changed"
    switch_time_to_live_on()

    assert expire_after(7, apply=False) == Endless(found=2, ended=1)
    assert expire_after(7, apply=True) == Endless(found=2, ended=1)
    assert expire_after(7, apply=True) == Endless()

    ends = {
        item["pk"]["S"]: int(item["expires_at"]["N"])
        for item in dynamodb.scan(TableName=TABLE)["Items"]
        if "expires_at" in item
    }
    assert ends == {
        "OWNER#0": int((MADE + timedelta(days=7)).timestamp()),
        "OWNER#1": int((MADE + timedelta(days=12)).timestamp()),
    }


@pytest.mark.parametrize("made", [{"N": "1795309323"}, {"S": "2026-11-24"}, {"S": "yesterday"}])
def test_an_item_with_an_unreadable_creation_time_is_counted(
    made: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    switch_time_to_live_on()
    put(1, document=CPF, created_at=MADE.isoformat())
    undated = {"pk": {"S": "OWNER#0"}, "sk": {"S": "x"}, "document": {"S": CPF}, "created_at": made}
    DEPLOYED.client("dynamodb").put_item(TableName=TABLE, Item=undated)

    assert main(["expire", "--environment", "dev", "--apply"]) == 0

    assert stored(FilterExpression="attribute_exists(expires_at)") == {"OWNER#1"}
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{TABLE}: 1 items got an expiry, ")
    assert second == f"{TABLE}: 1 items get none: created_at isn't a time with an offset"


def test_the_task_writes_expiries_only_with_its_option(capsys: pytest.CaptureFixture[str]) -> None:
    put(1, document=CPF, created_at=MADE.isoformat())
    switch_time_to_live_on()
    for option, said in (([], "would get"), (["--apply"], "got")):
        assert main(["expire", "--environment", "dev", *option]) == 0
        assert f"{TABLE}: 1 items {said} an expiry, " in capsys.readouterr().out


def test_the_documented_role_allows_exactly_the_calls_of_the_task(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    called = {"cloudformation:DescribeStacks", "cloudformation:ListStackResources"}
    made = Deployed.client

    def client(self: Deployed, service: str) -> Any:  # noqa: ANN401 (a client)
        listening = made(self, service)
        listening.meta.events.register(
            "before-call", lambda model, **_: called.add(f"{service}:{model.name}")
        )
        return listening

    put(1, document=CPF, created_at=MADE.isoformat())
    switch_time_to_live_on()
    monkeypatch.setattr(Deployed, "client", client)
    for command in (
        ["expire", "--apply"],
        ["find"],
        ["export", "--output", str(tmp_path / "export.json")],
        ["erase", "--case", "1"],
    ):
        monkeypatch.setattr("sys.stdin", io.StringIO(CPF))
        verb, *options = command
        assert main([verb, "--environment", "dev", *options]) == 0

    role = (ROOT / "operations" / "personal-data-role.yaml").read_text(encoding="utf-8")
    allowed = set(re.findall(r"\b(?:cloudformation|dynamodb):[A-Z]\w+", role))
    assert allowed == called


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NoCredentialsError(), "error: Unable to locate credentials"),
        (ConfigError("orders has no table in dev"), "error: orders has no table in dev"),
        (ResponseParserError("Unable to parse"), "error: Unable to parse"),
    ],
)
def test_without_access_the_task_fails(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    said: str,
) -> None:
    def fail(_: object) -> list[str]:
        raise error

    monkeypatch.setattr(personal_data, "tables", fail)
    assert main(["find", "--environment", "dev"]) == 1
    assert capsys.readouterr().err.startswith(said)


def test_no_table_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Deployed, "resources", lambda *_: iter(()))
    with pytest.raises(ConfigError, match="no table in dev"):
        personal_data.tables(DEPLOYED)
