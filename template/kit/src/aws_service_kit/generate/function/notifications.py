"""Add functions that process new objects of a bucket, or changes of a table."""

from __future__ import annotations

import ast

from aws_service_kit.generate.edits import add_argument
from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.function.new_function import NewFunction
from aws_service_kit.generate.service import Resource


def plan_bucket(function: NewFunction, text: str) -> None:
    """Plan a function that S3 notifies of new objects.

    Raises:
        GenerateError: There is no such bucket.
    """
    bucket = function.service.resource("Bucket", text, remedy=f"python3 dev.py add bucket {text}")
    function.create_files("bucket", bucket=bucket.id)
    function.add_to_stack(
        function.stack or bucket.stack,
        "bucket",
        uses=[bucket],
        constructs=["BucketNotification", "DeadLetterQueue"],
    )
    function.finish()


def plan_stream(function: NewFunction, text: str) -> None:
    """Plan a consumer of a table's changes.

    Raises:
        GenerateError: There is no such table, or its call can't be read.
    """
    table = function.service.resource("Table", text, remedy=f"python3 dev.py add table {text}")
    keys = _keys(table)
    function.create_files("stream", table=table.id, keys=keys)
    function.plan.edit(table.stack.path, add_argument("Table", table.id or text, "stream", "True"))
    function.add_to_stack(
        function.stack or table.stack,
        "stream",
        uses=[table],
        constructs=["DeadLetterQueue", "StreamConsumer"],
    )
    function.finish()


def _keys(table: Resource) -> list[str]:
    """Return the attributes of a table's key."""
    for construct in table.stack.constructs:
        if construct.class_name == "Table" and construct.id == table.id:
            names = [construct.keywords.get(each) for each in ("partition_key", "sort_key")]
            keys = [ast.literal_eval(name) for name in names if name and name[0] in "'\""]
            if keys and all(str(key).isidentifier() for key in keys):
                return [str(key) for key in keys]
    raise GenerateError(f'{table.label}: write its partition_key as a text, such as "pk"')
