"""The stacks of one environment: as they were synthesized, and as they are deployed."""

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

# States of stacks that hold no resources: the first deployment hasn't begun, or was rolled back.
EMPTY = {"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"}
# CloudFormation's error code for a stack that doesn't exist.
NO_SUCH_STACK = "ValidationError"


@dataclass(frozen=True)
class Stack:
    """A stack of a cloud assembly.

    Attributes:
        domain: Its short name, such as `storage`.
        name: Its name in CloudFormation.
        region: The AWS region that it is deployed to.
        role: ARN of the role that the CDK deploys it with; None if it uses the shell's credentials.
        template: The synthesized template.
    """

    domain: str
    name: str
    region: str
    role: str | None
    template: Mapping[str, Any]


def synthesized(assembly: Path, environment: str) -> list[Stack]:
    """List an environment's stacks.

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
    """Read the template that a stack was deployed with last.

    Returns:
        None if the stack isn't deployed, or wasn't by the CDK: only people write short forms such
        as `!Ref` into YAML.

    Raises:
        botocore.exceptions.BotoCoreError: AWS doesn't answer.
        botocore.exceptions.ClientError: The credentials don't allow it.
    """
    return last_template(session(stack).client("cloudformation"), stack.name)


def last_template(client: Any, name: str) -> Mapping[str, Any] | None:  # noqa: ANN401 - no types here
    """As `deployed_template`, of the stack of a name, by a client of CloudFormation."""
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
    # boto3 parses JSON; the CDK uploads that, or YAML without short forms.
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
        # The partition is the only one that cdk.json synthesizes for.
        role=role and role.replace("${AWS::Partition}", "aws"),
        template=json.loads(template),
    )


def session(stack: Stack) -> Any:  # noqa: ANN401 - its clients have no types here
    """Enter a stack's account as the CDK's command line does.

    Its role comes first. Credentials that may not assume it may still be allowed to read: so may
    those of a pull request (`DiffRole` of operations/deployment-roles.yaml).
    """
    own = boto3.Session(region_name=stack.region)
    if stack.role is None:
        return own
    try:
        assumed = own.client("sts").assume_role(RoleArn=stack.role, RoleSessionName="deployment")
    except ClientError:
        return own
    credentials = assumed["Credentials"]
    return boto3.Session(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        region_name=stack.region,
    )
