"""Remove expired previews of pull requests (guideline, 9.4).

`python3 dev.py previews` lists all previews with the shell's credentials and changes nothing. With
`--remove`, it removes expired previews, or the one of `--number`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from graphlib import TopologicalSorter
from typing import Any

import boto3

from aws_service_kit.config import ConfigError, load
from aws_service_kit.config.tags import EXPIRY_TAG
from aws_service_kit.operations.deployed import AWS_ERRORS, Deployed


@dataclass(frozen=True)
class Preview:
    """The preview of a pull request.

    Attributes:
        name: Its environment's name, such as `pr-42`.
        stacks: The names of its stacks, each before the stacks whose exports it imports.
        expires_on: Its last day, in UTC.
    """

    name: str
    stacks: tuple[str, ...]
    expires_on: date


def find(service: str, region: str) -> list[Preview]:
    """Return the previews of a service, found by the names and tags of their stacks."""
    cloudformation = Deployed(service, "preview", region).client("cloudformation")
    exports: dict[str, dict[str, set[str]]] = {}
    days: dict[str, date] = {}
    for stack_id in _named_like_previews(cloudformation, service):
        for stack in cloudformation.describe_stacks(StackName=stack_id)["Stacks"]:
            tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", ())}
            if tags.get("service") != service or EXPIRY_TAG not in tags:
                continue
            name = tags["environment"]
            outputs = stack.get("Outputs", ())
            exports.setdefault(name, {})[stack["StackName"]] = {
                output["ExportName"] for output in outputs if "ExportName" in output
            }
            # After an interrupted deployment, the stacks' tags differ. The latest day applies.
            day = date.fromisoformat(tags[EXPIRY_TAG])
            days[name] = max(day, days.get(name, day))
    return [
        Preview(name, tuple(_importers_first(cloudformation, exports[name])), days[name])
        for name in sorted(exports)
    ]


def remove(preview: Preview, *, service: str, region: str) -> None:
    """Delete a preview's stacks one after another, with all their resources.

    Raises:
        ClientError: AWS rejects a request.
        WaiterError: A stack couldn't be deleted.
    """
    deployed = Deployed(service, preview.name, region)
    cloudformation = deployed.client("cloudformation")
    for stack in preview.stacks:
        for bucket in _buckets(cloudformation, stack):
            boto3.resource("s3", region_name=region).Bucket(bucket).object_versions.delete()
        cloudformation.delete_stack(StackName=stack)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack)


def main(arguments: Sequence[str]) -> int:
    """Print every preview with its state; with `--remove`, remove the expired ones.

    Returns:
        1 if a preview can't be read or removed, else 0.
    """
    parser = argparse.ArgumentParser(
        prog="python3 dev.py previews", description="List or remove previews."
    )
    parser.add_argument("--remove", action="store_true", help="remove expired previews")
    parser.add_argument(
        "--number", type=int, help="only the preview of this pull request, expired or not"
    )
    asked = parser.parse_args(arguments)
    failed = False
    try:
        config = load()
        service, region = config.service.name, config.previews_region
        found = find(service, region)
        print(f"## Previews of {service}\n")
        for preview in found:
            due = _is_due(preview, asked.number, datetime.now(UTC).date())
            print(f"- {preview.name}, until {preview.expires_on}: ", end="", flush=True)
            try:
                if due and asked.remove:
                    remove(preview, service=service, region=region)
            except AWS_ERRORS as error:
                failed = True
                print(f"not removed: {error}")
            else:
                print(_state(preview, due=due, removed=asked.remove))
    except (*AWS_ERRORS, ConfigError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return int(failed)


def _named_like_previews(cloudformation: Any, service: str) -> list[str]:  # noqa: ANN401 (a client)
    """Return the ids of the stacks whose names begin as those of previews."""
    pages = cloudformation.get_paginator("list_stacks").paginate()
    return [
        stack["StackId"]
        for page in pages
        for stack in page["StackSummaries"]
        if stack["StackName"].startswith(f"{service}-pr-")
        and stack["StackStatus"] != "DELETE_COMPLETE"
    ]


def _is_due(preview: Preview, number: int | None, today: date) -> bool:
    if number is not None:
        return preview.name == f"pr-{number}"
    return preview.expires_on < today


def _state(preview: Preview, *, due: bool, removed: bool) -> str:
    if not due:
        return "kept"
    stacks = ", ".join(preview.stacks)
    return f"removed {stacks}" if removed else f"would be removed with {stacks}"


def _importers_first(cloudformation: Any, exports: Mapping[str, set[str]]) -> Iterator[str]:  # noqa: ANN401 (a client)
    """Yield the stacks, each before the stacks whose exports it imports."""
    graph = TopologicalSorter[str](dict.fromkeys(exports, ()))
    for importer in exports:
        imported = set(_imports(cloudformation.get_template(StackName=importer)["TemplateBody"]))
        for exporter, names in exports.items():
            if exporter != importer and names & imported:
                graph.add(exporter, importer)
    yield from graph.static_order()


def _imports(template: Any) -> Iterator[str]:  # noqa: ANN401 (any part of a template)
    match template:
        case {"Fn::ImportValue": str(name)}:
            yield name
        case dict():
            for part in template.values():
                yield from _imports(part)
        case list():
            for part in template:
                yield from _imports(part)


def _buckets(cloudformation: Any, stack: str) -> list[str]:  # noqa: ANN401 (a client)
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return [
        resource["PhysicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == "AWS::S3::Bucket"
        and resource["ResourceStatus"] != "DELETE_COMPLETE"
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
