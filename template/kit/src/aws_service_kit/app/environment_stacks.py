"""The stacks of one environment, synthesized and deployed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import yaml
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Statuses of stacks without resources: the first deployment hasn't started or was rolled back.
EMPTY = {"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"}
# CloudFormation's error code for a stack that doesn't exist.
NO_SUCH_STACK = "ValidationError"


@dataclass(frozen=True)
class Stack:
    """A stack of a cloud assembly.

    Attributes:
        domain: Its short name, such as `storage`.
        name: Its full name.
        region: Its AWS region.
        role: ARN of the CDK's deployment role; None for the shell's credentials.
        template: The synthesized template.
    """

    domain: str
    name: str
    region: str
    role: str | None
    template: Mapping[str, Any]


def synthesized(assembly: Path, environment: str) -> list[Stack]:
    """Return an environment's synthesized stacks.

    Args:
        assembly: The folder of a cloud assembly.
        environment: The environment's name.
    """
    folder = assembly / f"assembly-{environment}"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return [
        _stack(folder, artifact)
        for artifact in manifest["artifacts"].values()
        if artifact["type"] == "aws:cloudformation:stack"
    ]


def deployed_template(stack: Stack) -> Mapping[str, Any] | None:
    """Return the deployed template of a stack.

    Returns:
        The template; None if the stack isn't deployed, or its YAML has short forms such as `!Ref`,
        which the CDK doesn't write.

    Raises:
        botocore.exceptions.BotoCoreError: AWS doesn't respond.
        botocore.exceptions.ClientError: The credentials don't allow it.
    """
    return last_template(session(stack).client("cloudformation"), stack.name)


def last_template(client: Any, name: str) -> Mapping[str, Any] | None:  # noqa: ANN401 - no types here
    """Return the deployed template, as `deployed_template`, for a stack's name and a client."""
    try:
        (description,) = client.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == NO_SUCH_STACK:
            return None
        raise
    if description["StackStatus"] in EMPTY:
        return None
    found = client.get_template(StackName=name, TemplateStage="Original")
    return _parsed(found["TemplateBody"])


def _parsed(body: Mapping[str, Any] | str) -> Mapping[str, Any] | None:
    # boto3 parses JSON. The CDK uploads JSON, or YAML without short forms.
    if not isinstance(body, str):
        return body
    try:
        template: Mapping[str, Any] = yaml.safe_load(body)
    except yaml.YAMLError:
        return None
    return template


def _stack(folder: Path, artifact: Mapping[str, Any]) -> Stack:
    properties = artifact["properties"]
    role = properties.get("assumeRoleArn")
    template = (folder / properties["templateFile"]).read_text(encoding="utf-8")
    return Stack(
        domain=artifact["displayName"].rpartition("/")[2],
        name=properties["stackName"],
        region=artifact["environment"].rpartition("/")[2],
        # cdk.json synthesizes for this partition only.
        role=role and role.replace("${AWS::Partition}", "aws"),
        template=json.loads(template),
    )


def session(stack: Stack) -> Any:  # noqa: ANN401 - its clients have no types here
    """Return a session for a stack's account, as the CDK CLI does.

    It assumes the stack's role if the credentials allow it. Other credentials may still have read
    access, such as those of a pull request (`DiffRole` of operations/deployment-roles.yaml).
    """
    shells = boto3.Session(region_name=stack.region)
    if stack.role is None:
        return shells
    try:
        assumed = shells.client("sts").assume_role(RoleArn=stack.role, RoleSessionName="deployment")
    except ClientError:
        return shells
    credentials = assumed["Credentials"]
    return boto3.Session(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        region_name=stack.region,
    )
