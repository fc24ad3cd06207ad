"""The workflow stack of every environment."""

from aws_service_kit.testing.synthesis import Synthesized


def test_the_state_machine_keeps_its_id(synthesized: Synthesized) -> None:
    """CloudFormation deletes the executions with the state machine."""
    found = synthesized.resources("AWS::StepFunctions::StateMachine")
    assert "Processing" in {each.logical_id for each in found if each.stack.endswith("-workflow")}
