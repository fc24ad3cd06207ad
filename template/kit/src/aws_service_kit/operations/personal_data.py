"""Export or erase the personal data of a person who requests it (LGPD, article 18).

`python3 dev.py personal-data find --environment dev` asks for the person's CPF and counts the items
about them in the service's tables, with the shell's credentials. `export` writes those items to a
file, and `erase` deletes them. The CPF isn't an argument, since the shell's history would store it.

`expire` sets an expiry for items that were stored before the service had a retention.

There is no index by person, because no caller may query it. So the commands scan the tables, with
eventually consistent reads, which cost half as much. kit/guides/personal-data.md lists data that
the commands can't reach, such as backups.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from aws_service_kit.config import ENVIRONMENT_NAMES, ConfigError, load
from aws_service_kit.operations.deployed import AWS_ERRORS, Deployed, find

TABLES = ("AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table")
CPF_DIGITS = 11
# The attribute with an item's creation time in ISO 8601, from which `expire` counts.
MADE = "created_at"

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Subject:
    """The person that a request is about.

    Attributes:
        attributes: The attributes of an item that may contain the CPF.
        spellings: The CPF in each form in which it may be stored.
    """

    attributes: tuple[str, ...]
    spellings: tuple[str, ...]

    @classmethod
    def of(cls, identifier: str, attributes: Sequence[str]) -> Subject:
        """Return a person by their CPF, with or without punctuation, or by another identifier.

        Raises:
            ValueError: It is empty.
        """
        given = identifier.strip()
        if not given:
            raise ValueError("no CPF was given")
        digits = re.sub(r"[.\-\s]", "", given)
        if len(digits) != CPF_DIGITS or not digits.isdecimal():
            return cls(tuple(attributes), (given,))
        written = f"{digits[:3]}.{digits[3:6]}.{digits[6:9]}-{digits[9:]}"
        return cls(tuple(attributes), (digits, written))

    def expression(self) -> dict[str, Any]:
        """Return the parameters of a DynamoDB condition or filter that matches their items."""
        names = {f"#a{number}": name for number, name in enumerate(self.attributes)}
        values = {f":s{number}": {"S": text} for number, text in enumerate(self.spellings)}
        condition = " OR ".join(f"{name} IN ({', '.join(values)})" for name in names)
        return {
            "condition": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }


@dataclass
class Count:
    """The number of a table's items about a person, and the number of erased ones."""

    found: int = 0
    erased: int = 0


@dataclass
class Endless:
    """The number of items about people that have no expiry.

    Attributes:
        found: All items without an expiry.
        ended: Items whose expiry is in the past.
        undated: Items without a valid creation time, which get no expiry.
    """

    found: int = 0
    ended: int = 0
    undated: int = 0


def tables(deployed: Deployed) -> list[str]:
    """Return the names of all tables in the service's stacks.

    Raises:
        ConfigError: There is no table; the account may be wrong.
    """
    names = [resource.physical_id for resource in deployed.resources(*TABLES)]
    if not names:
        raise ConfigError(f"{deployed.service} has no table in {deployed.environment}")
    return names


def items_about(dynamodb: Any, table: str, subject: Subject) -> Iterator[Item]:  # noqa: ANN401 (a client)
    """Yield a table's items about a person."""
    expression = subject.expression()
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table, FilterExpression=expression.pop("condition"), **expression
    )
    for page in pages:
        yield from page["Items"]


def erase(dynamodb: Any, table: str, subject: Subject, count: Count | None = None) -> Count:  # noqa: ANN401 (a client)
    """Delete a table's items about a person, unless an item changes at the same time.

    DynamoDB also removes an item from the indexes.

    Args:
        dynamodb: A client of DynamoDB.
        table: The table's name.
        subject: The person.
        count: Is increased after each item, so it is correct if a later deletion fails.
    """
    keys = key_names(dynamodb, table)
    expression = subject.expression()
    condition = expression.pop("condition")
    count = Count() if count is None else count
    for item in items_about(dynamodb, table, subject):
        count.found += 1
        # An idempotency key may have been reused for another person's request.
        with suppress(dynamodb.exceptions.ConditionalCheckFailedException):
            dynamodb.delete_item(
                TableName=table,
                Key={name: item[name] for name in keys},
                ConditionExpression=condition,
                **expression,
            )
            count.erased += 1
    return count


def key_names(dynamodb: Any, table: str) -> list[str]:  # noqa: ANN401 (a client)
    """Return the names of a table's key attributes."""
    described = dynamodb.describe_table(TableName=table)["Table"]
    return [key["AttributeName"] for key in described["KeySchema"]]


def out_of_reach(dynamodb: Any, table: str, today: date) -> Iterator[str]:  # noqa: ANN401 (a client)
    """Yield the copies of a table's items that can't be erased individually.

    Args:
        dynamodb: A client of DynamoDB.
        table: The table's name.
        today: The date of the erasure.
    """
    continuous = dynamodb.describe_continuous_backups(TableName=table)
    recovery = continuous["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") == "ENABLED":
        end = today + timedelta(days=recovery.get("RecoveryPeriodInDays", 35))
        yield f"point-in-time recovery of {table}, until {end}"
    for backup in _all(
        dynamodb, "list_backups", "BackupSummaries", TableName=table, BackupType="ALL"
    ):
        yield f"backup {backup['BackupArn']}"
    for other in _all(dynamodb, "list_tables", "TableNames", ExclusiveStartTableName=table):
        if not other.startswith(table):
            break
        yield f"table {other}, which may be a restored copy: --table {other} includes it"


def expire(
    dynamodb: Any,  # noqa: ANN401 (a client)
    table: str,
    *,
    attributes: Sequence[str],
    retention: timedelta,
    now: datetime,
    apply: bool,
) -> Endless:
    """Set an expiry for items about people without one: creation time plus retention.

    Args:
        dynamodb: A client of DynamoDB.
        table: The table's name; a table without a time to live isn't changed.
        attributes: The attributes with a person's CPF.
        retention: The retention of items.
        now: The current time.
        apply: Whether to write; otherwise items are only counted.
    """
    count = Endless()
    described = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if "AttributeName" not in described:
        return count
    expiry = described["AttributeName"]
    keys = key_names(dynamodb, table)
    for item in _without_expiry(dynamodb, table, attributes, expiry):
        count.found += 1
        made = _made(item)
        if made is None:
            count.undated += 1
            continue
        end = made + retention
        count.ended += end <= now
        if apply:
            key = {name: item[name] for name in keys}
            _set_expiry(dynamodb, table, key, expiry, end)
    return count


def _without_expiry(
    dynamodb: Any,  # noqa: ANN401 (a client)
    table: str,
    attributes: Sequence[str],
    expiry: str,
) -> Iterator[Item]:
    """Yield the items with one of some attributes, a creation time and no expiry."""
    names = {f"#a{number}": name for number, name in enumerate(attributes)}
    about_people = " OR ".join(f"attribute_exists({name})" for name in names)
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression=(
            f"({about_people}) AND attribute_exists(#made) AND attribute_not_exists(#end)"
        ),
        ExpressionAttributeNames={**names, "#made": MADE, "#end": expiry},
    )
    for page in pages:
        yield from page["Items"]


def _set_expiry(
    dynamodb: Any,  # noqa: ANN401 (a client)
    table: str,
    key: Item,
    expiry: str,
    end: datetime,
) -> None:
    """Set the expiry of an item that still exists and has none."""
    with suppress(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET #end = :end",
            ConditionExpression="attribute_exists(#key) AND attribute_not_exists(#end)",
            ExpressionAttributeNames={"#end": expiry, "#key": next(iter(key))},
            ExpressionAttributeValues={":end": {"N": str(int(end.timestamp()))}},
        )


def _made(item: Item) -> datetime | None:
    """Return an item's creation time; None unless it is in ISO 8601 with an offset."""
    try:
        made = datetime.fromisoformat(item[MADE]["S"])
    except (KeyError, ValueError):
        return None
    return made if made.tzinfo is not None else None


def main(arguments: Sequence[str]) -> int:
    """Run a command in an environment.

    Returns:
        1 if a table can't be read or changed, else 0.
    """
    asked = _parser().parse_args(arguments)
    try:
        deployed = find(asked.environment)
        names = [*tables(deployed), *asked.table]
        run = {"find": _find, "export": _export, "erase": _erase, "expire": _expire}[asked.verb]
        run(asked, deployed, names)
    except (*AWS_ERRORS, ConfigError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 dev.py personal-data",
        description="Find, export or erase the data about a person.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
    for name, does in {
        "find": "count the items about a person",
        "export": "write the items about a person to a file",
        "erase": "delete the items about a person",
        "expire": "set an expiry for items that have none",
    }.items():
        verb = verbs.add_parser(name, help=does)
        verb.add_argument("--environment", choices=ENVIRONMENT_NAMES, required=True)
        verb.add_argument("--table", action="append", default=[], help="another table, by its name")
        if name == "export":
            verb.add_argument(
                "--output", type=Path, required=True, help="a file that doesn't exist"
            )
        if name == "erase":
            verb.add_argument(
                "--case", required=True, help="the request's number, which identifies no person"
            )
        if name == "expire":
            verb.add_argument("--apply", action="store_true", help="write; otherwise only count")
    return parser


def _subject() -> Subject:
    """Read the CPF from the terminal without echo, or from standard input."""
    given = getpass.getpass("CPF: ") if sys.stdin.isatty() else sys.stdin.readline()
    return Subject.of(given, load().records.subject_attributes)


def _find(asked: argparse.Namespace, deployed: Deployed, names: Sequence[str]) -> None:
    del asked
    subject, dynamodb = _subject(), deployed.client("dynamodb")
    for table in names:
        print(f"{table}: {sum(1 for _ in items_about(dynamodb, table, subject))}")


def _export(asked: argparse.Namespace, deployed: Deployed, names: Sequence[str]) -> None:
    subject, dynamodb = _subject(), deployed.client("dynamodb")
    read = TypeDeserializer().deserialize
    exported = {
        table: [
            {name: read(value) for name, value in item.items()}
            for item in items_about(dynamodb, table, subject)
        ]
        for table in names
    }
    # Only the owner may read the file.
    file = os.open(asked.output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as output:
        json.dump(exported, output, ensure_ascii=False, indent=2, default=str)
    print(f"{asked.output}: {sum(map(len, exported.values()))} items")


def _erase(asked: argparse.Namespace, deployed: Deployed, names: Sequence[str]) -> None:
    subject, dynamodb = _subject(), deployed.client("dynamodb")
    now = datetime.now(UTC)
    copies = [copy for table in names for copy in out_of_reach(dynamodb, table, now.date())]
    counts = {table: Count() for table in names}
    complete = False
    try:
        for table, count in counts.items():
            erase(dynamodb, table, subject, count)
        complete = True
    finally:
        # Printed even after an error, because it is the only evidence of the erasure.
        summary = {
            "operation": "erase",
            "case": asked.case,
            "service": deployed.service,
            "environment": deployed.environment,
            "at": now.isoformat(timespec="seconds"),
            "complete": complete,
            "tables": {table: asdict(count) for table, count in counts.items()},
            "out_of_reach": copies,
        }
        print(json.dumps(summary))


def _expire(asked: argparse.Namespace, deployed: Deployed, names: Sequence[str]) -> None:
    config = load()
    settings = config.of(config.environments[asked.environment]).records
    if settings.retention_days is None:
        raise ConfigError("team.toml: records.retention_days: choose how long items are kept")
    for table in names:
        count = expire(
            deployed.client("dynamodb"),
            table,
            attributes=settings.subject_attributes,
            retention=timedelta(days=settings.retention_days),
            now=datetime.now(UTC),
            apply=asked.apply,
        )
        done = "got" if asked.apply else "would get"
        dated = count.found - count.undated
        print(f"{table}: {dated} items {done} an expiry, {count.ended} of them in the past")
        if count.undated:
            print(f"{table}: {count.undated} items get none: {MADE} isn't a time with an offset")


def _all(client: Any, operation: str, key: str, **arguments: Any) -> Iterator[Any]:  # noqa: ANN401 (a client)
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page[key]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
