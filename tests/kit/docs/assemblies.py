"""Cloud assemblies of small templates."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_service_kit.docs.architecture.assembly import Assembly, Resource, read
from aws_service_kit.docs.architecture.flows.flow import End, Flow, Outside, Whole

Json = dict[str, Any]

ACCOUNT = "111111111111"
REGION = "sa-east-1"


def resource(kind: str, *, policy: str | None = None, **properties: Any) -> Json:  # noqa: ANN401 (any property)
    """Make a resource of a template; `AWS::` goes without saying."""
    made: Json = {"Type": f"AWS::{kind}", "Properties": properties}
    return made if policy is None else {**made, "DeletionPolicy": policy}


def function(role: str = "Role", **properties: Any) -> Json:  # noqa: ANN401 (any property)
    """Make a function with a role."""
    return resource("Lambda::Function", Role=arn(role), **properties)


def policy(role: str, *allowed: Json) -> Json:
    """Make a policy of a role."""
    return resource("IAM::Policy", Roles=[ref(role)], PolicyDocument={"Statement": list(allowed)})


def allow(action: str | list[str], target: object, **more: object) -> Json:
    """Make a statement."""
    return {"Sid": "Sid", "Effect": "Allow", "Action": action, "Resource": target, **more}


def ref(logical_id: str) -> Json:
    """Refer to a resource of the same stack."""
    return {"Ref": logical_id}


def arn(logical_id: str) -> Json:
    """Refer to the ARN of a resource of the same stack."""
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def join(*parts: object) -> Json:
    """Join texts and references."""
    return {"Fn::Join": ["", list(parts)]}


def write(
    folder: Path,
    stacks: Mapping[str, Json],
    *,
    environment: str = "dev",
    paths: Mapping[str, str] | None = None,
    account: str = ACCOUNT,
) -> None:
    """Write a cloud assembly of one environment.

    Args:
        folder: Where.
        stacks: Name to template, or to its resources alone.
        environment: Its name.
        paths: Logical id to the path of the construct, where it's not the logical id.
        account: AWS account id.
    """
    folder = folder / f"assembly-{environment}"
    folder.mkdir(parents=True)
    artifacts: Json = {"assets": {"type": "cdk:asset-manifest"}}
    for name, given in stacks.items():
        template = given if "Resources" in given else {"Resources": given}
        metadata = {
            f"/{environment}/{name}/{(paths or {}).get(logical_id, logical_id)}": [
                {"type": "aws:cdk:creationStack", "data": []},
                {"type": "aws:cdk:logicalId", "data": logical_id},
            ]
            for logical_id in template["Resources"]
        }
        files = {f"{name}.template.json": template, f"{name}.metadata.json": metadata}
        for path, content in files.items():
            (folder / path).write_text(json.dumps(content), encoding="utf-8")
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{account}/{REGION}",
            "displayName": f"{environment}/{name}",
            "additionalMetadataFile": f"{name}.metadata.json",
            "properties": {
                "stackName": f"service-{environment}-{name}",
                "templateFile": f"{name}.template.json",
            },
        }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}), encoding="utf-8")


def assemble(folder: Path, paths: Mapping[str, str] | None = None, **stacks: Json) -> Assembly:
    """Write stacks, and read them."""
    write(folder, stacks, paths=paths)
    return read(folder, "dev")


def named(assembly: Assembly, name: str) -> Resource:
    """Return the resource of a name."""
    (found,) = (item for item in assembly.resources() if item.name == name)
    return found


def arrows(flows: list[Flow]) -> list[tuple[str, str, str, str]]:
    """Return flows by the names of their ends."""
    return [(_name(item.source), _name(item.target), item.purpose, item.label) for item in flows]


def _name(end: End) -> str:
    match end:
        case Resource():
            return end.name
        case Whole(stack):
            return f"all of {stack}"
        case Outside():
            return end.value
