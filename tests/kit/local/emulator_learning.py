"""Detection of resource types that a newer emulator supports."""

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
# The emulator's errors for unsupported types, before a deployment, and properties, during it.
CANNOT = re.compile(r"Unrecognized resource types|is not supported")


def supported(
    cloud: Cloud, entries: Iterable[Unsupported], trials: Mapping[str, Trial]
) -> list[str]:
    """Return a line for each listed resource type that the emulator supports.

    Args:
        cloud: The emulator.
        entries: The list of unsupported resource types.
        trials: A trial of each, by resource type.
    """
    return [
        f"{entry.type} can be taken off the list: the emulator supports it"
        for entry in entries
        if is_supported(cloud, trials[entry.type])
    ]


def is_supported(cloud: Cloud, trial: Trial) -> bool:
    """Deploy a resource, read it from its service, and delete it; return whether it was there.

    Raises:
        AssertionError: The deployment failed for another reason.
    """
    logical_id, template = synthesized(trial)
    formation = cloud.client("cloudformation")
    try:
        error = deployment_error(cloud, template)
        if error is not None:
            assert CANNOT.search(error), f"the trial of {logical_id} is at fault: {error}"
            return False
        found = formation.describe_stack_resource(StackName=STACK, LogicalResourceId=logical_id)
        return trial.known(cloud, found["StackResourceDetail"]["PhysicalResourceId"])
    finally:
        formation.delete_stack(StackName=STACK)
        formation.get_waiter("stack_delete_complete").wait(
            StackName=STACK, WaiterConfig={"Delay": 1}
        )


def synthesized(trial: Trial) -> tuple[str, Mapping[str, object]]:
    """Return a trial's logical id and template."""
    with TemporaryDirectory() as outdir:
        app = empty_app(Path(outdir), validation=True)
        stack = Stack(app, STACK, synthesizer=BootstraplessSynthesizer())
        logical_id = stack.resolve(trial.add(stack).logical_id)
        return logical_id, app.synth().get_stack_by_name(STACK).template


def deployment_error(cloud: Cloud, template: Mapping[str, object]) -> str | None:
    """Deploy a template; return the reason if that failed."""
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
