"""The events stack of every environment."""

from aws_service_kit.testing.synthesis import Synthesized


def test_the_bus_keeps_its_id(synthesized: Synthesized) -> None:
    """CloudFormation deletes the archive with the bus."""
    buses = synthesized.resources("AWS::Events::EventBus")
    assert "Events" in {bus.logical_id for bus in buses if bus.stack.endswith("-events")}
