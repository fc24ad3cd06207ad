"""The dashboard stack of every environment."""

from aws_service_kit.config import ENVIRONMENT_NAMES
from aws_service_kit.testing.synthesis import Resource, Synthesized


def own(synthesized: Synthesized, kind: str) -> list[Resource]:
    return [found for found in synthesized.resources(kind) if found.stack.endswith("-dashboard")]


def test_every_environment_has_one_dashboard(synthesized: Synthesized) -> None:
    environments = [found.environment for found in own(synthesized, "AWS::CloudWatch::Dashboard")]
    assert sorted(environments) == sorted(ENVIRONMENT_NAMES)


def test_other_stacks_can_still_remove_what_it_shows(synthesized: Synthesized) -> None:
    """CloudFormation lets nobody remove what another stack imports."""
    for environment in ENVIRONMENT_NAMES:
        for stack in synthesized.stacks(environment):
            if stack.stack_name.endswith("-dashboard"):
                assert "Fn::ImportValue" not in str(stack.template)


def test_logs_of_functions_are_asked(synthesized: Synthesized) -> None:
    functions = synthesized.resources("AWS::Lambda::Function", environment="prod")
    queries = [
        query
        for query in own(synthesized, "AWS::Logs::QueryDefinition")
        if query.environment == "prod"
    ]
    assert bool(queries) is bool(functions)
    for query in queries:
        assert len(query.properties["LogGroupNames"]) == len(functions), query.name
