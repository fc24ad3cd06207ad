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


def resource(resource_type: str, *, policy: str | None = None, **properties: Any) -> Json:  # noqa: ANN401 (any property)
    """Return a resource of a template; the prefix `AWS::` is added."""
    made: Json = {"Type": f"AWS::{resource_type}", "Properties": properties}
    return made if policy is None else {**made, "DeletionPolicy": policy}


def function(role: str = "Role", **properties: Any) -> Json:  # noqa: ANN401 (any property)
    """Return a function with a role."""
    return resource("Lambda::Function", Role=arn(role), **properties)


def policy(role: str, *allowed: Json) -> Json:
    """Return a policy of a role."""
    return resource("IAM::Policy", Roles=[ref(role)], PolicyDocument={"Statement": list(allowed)})


def allow(action: str | list[str], target: object, **more: object) -> Json:
    """Return a statement that allows an action."""
    return {"Sid": "Sid", "Effect": "Allow", "Action": action, "Resource": target, **more}


def ref(logical_id: str) -> Json:
    """Return a reference to a resource of the same stack."""
    return {"Ref": logical_id}


def arn(logical_id: str) -> Json:
    """Return a reference to the ARN of a resource of the same stack."""
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def join(*parts: object) -> Json:
    """Return a join of texts and references."""
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
        folder: The folder of the assembly.
        stacks: Template, or only its resources, by stack name.
        environment: The name of the environment.
        paths: Path of the construct by logical id, if it differs from the logical id.
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
    """Return the resource with a name."""
    (found,) = (item for item in assembly.resources() if item.name == name)
    return found


def arrows(flows: list[Flow]) -> list[tuple[str, str, str, str]]:
    """Return flows with the names of their ends."""
    return [(_name(item.source), _name(item.target), item.purpose, item.label) for item in flows]


def _name(end: End) -> str:
    match end:
        case Resource():
            return end.name
        case Whole(stack):
            return f"all of {stack}"
        case Outside():
            return end.value
