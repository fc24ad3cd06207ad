"""Find out what a newer emulator has learnt to make."""

from __future__ import annotations

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from aws_cdk import BootstraplessSynthesizer, Stack
from aws_service_kit.app.synthesis import empty_app
from botocore.exceptions import ClientError, WaiterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aws_service_kit.local.cloud import Cloud
    from aws_service_kit.local.unsupported import Unsupported

    from kit.local.emulator_trials import Trial

STACK = "Trial"
# How the emulator says that it can't: of a kind before it begins, of a property while it deploys.
CANNOT = re.compile(r"Unrecognized resource types|is not supported")


def learnt(cloud: Cloud, entries: Iterable[Unsupported], trials: Mapping[str, Trial]) -> list[str]:
    """Try what the emulator is said not to make, and tell what it makes after all.

    Args:
        cloud: The emulator.
        entries: What it is said not to make.
        trials: How to try each, by kind.
    """
    return [
        f"{entry.type} can be taken off the list: the emulator makes it"
        for entry in entries
        if makes(cloud, trials[entry.type])
    ]


def makes(cloud: Cloud, trial: Trial) -> bool:
    """Deploy a resource, ask its own service for it, and delete it again.

    Raises:
        AssertionError: The deployment failed for another reason than that the emulator can't.
    """
    logical_id, template = synthesized(trial)
    formation = cloud.client("cloudformation")
    try:
        refusal = deployment_refused(cloud, template)
        if refusal is not None:
            assert CANNOT.search(refusal), f"the trial of {logical_id} is at fault: {refusal}"
            return False
        found = formation.describe_stack_resource(StackName=STACK, LogicalResourceId=logical_id)
        return trial.known(cloud, found["StackResourceDetail"]["PhysicalResourceId"])
    finally:
        formation.delete_stack(StackName=STACK)
        formation.get_waiter("stack_delete_complete").wait(
            StackName=STACK, WaiterConfig={"Delay": 1}
        )


def synthesized(trial: Trial) -> tuple[str, Mapping[str, object]]:
    """Return a trial's logical id, and the template, which keeps CloudFormation's own rules."""
    with TemporaryDirectory() as outdir:
        app = empty_app(Path(outdir), validation=True)
        stack = Stack(app, STACK, synthesizer=BootstraplessSynthesizer())
        logical_id = stack.resolve(trial.add(stack).logical_id)
        return logical_id, app.synth().get_stack_by_name(STACK).template


def deployment_refused(cloud: Cloud, template: Mapping[str, object]) -> str | None:
    """Deploy a template, and say why that failed, if it did."""
    formation = cloud.client("cloudformation")
    try:
        formation.create_stack(
            StackName=STACK, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"]
        )
        formation.get_waiter("stack_create_complete").wait(
            StackName=STACK, WaiterConfig={"Delay": 1}
        )
    except ClientError as error:
        return str(error)
    except WaiterError:
        events = formation.describe_stack_events(StackName=STACK)["StackEvents"]
        return "; ".join(each.get("ResourceStatusReason", "") for each in events)
    return None
