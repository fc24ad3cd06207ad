"""The state machine."""

from aws_cdk import Duration, Stage
from aws_cdk import aws_stepfunctions as sfn
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.state_machine import StateMachine


class WorkflowStack(ServiceStack):
    """The state machine and the functions of its tasks."""

    processing: StateMachine

    def __init__(self, stage: Stage, environment: ServiceEnvironment) -> None:
        super().__init__(
            stage, "workflow", environment=environment, description="Processing step by step"
        )
        self.processing = add_state_machine(self)


def add_state_machine(stack: ServiceStack) -> StateMachine:
    """Add the state machine, which has no task yet."""
    return StateMachine(
        stack,
        "Processing",
        start=sfn.Succeed(stack, "Done"),
        tasks=[],
        timeout=Duration.minutes(20),
        description="Processes step by step",
    )
