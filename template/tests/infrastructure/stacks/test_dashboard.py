"""The dashboard stack of every environment."""

from aws_service_kit.config import ENVIRONMENT_NAMES
from aws_service_kit.testing.synthesis import Resource, Synthesized


def stack_resources(synthesized: Synthesized, resource_type: str) -> list[Resource]:
    return [
        found
        for found in synthesized.resources(resource_type)
        if found.stack.endswith("-dashboard")
    ]


def test_every_environment_has_one_dashboard(synthesized: Synthesized) -> None:
    environments = [
        found.environment for found in stack_resources(synthesized, "AWS::CloudWatch::Dashboard")
    ]
    assert sorted(environments) == sorted(ENVIRONMENT_NAMES)


def test_other_stacks_can_remove_resources_that_it_shows(synthesized: Synthesized) -> None:
    """CloudFormation rejects the removal of an export that another stack imports."""
    for environment in ENVIRONMENT_NAMES:
        for stack in synthesized.stacks(environment):
            if stack.stack_name.endswith("-dashboard"):
                assert "Fn::ImportValue" not in str(stack.template)


def test_queries_read_the_logs_of_all_functions(synthesized: Synthesized) -> None:
    functions = synthesized.resources("AWS::Lambda::Function", environment="prod")
    queries = [
        query
        for query in stack_resources(synthesized, "AWS::Logs::QueryDefinition")
        if query.environment == "prod"
    ]
    assert bool(queries) is bool(functions)
    for query in queries:
        assert len(query.properties["LogGroupNames"]) == len(functions), query.name
