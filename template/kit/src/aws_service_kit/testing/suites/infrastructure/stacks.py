"""Rules of the guideline for the stacks of every service."""

import importlib
from collections import Counter

import pytest

from aws_service_kit.app import quotas
from aws_service_kit.config import ENVIRONMENT_NAMES, EnvironmentName, ServiceConfig
from aws_service_kit.testing import checks
from aws_service_kit.testing.synthesis import Synthesized


@pytest.fixture(params=ENVIRONMENT_NAMES)
def environment(request: pytest.FixtureRequest) -> EnvironmentName:
    name: EnvironmentName = request.param
    return name


def test_rules_find_nothing(synthesized: Synthesized) -> None:
    assert synthesized.findings("violations") == []


def test_every_accepted_finding_has_a_reason(synthesized: Synthesized) -> None:
    accepted = synthesized.findings("suppressedViolations")
    assert [finding["ruleName"] for finding in accepted if len(finding["reason"]) < 20] == []


def test_this_service_is_within_the_quotas(synthesized: Synthesized) -> None:
    quotas.check(synthesized.folder)


def test_roles_are_within_the_boundary(synthesized: Synthesized) -> None:
    assert checks.roles_outside_the_path(synthesized) == []


def test_stacks_are_named_after_service_environment_and_domain(
    synthesized: Synthesized, environment: EnvironmentName, config: ServiceConfig
) -> None:
    prefix = f"{config.service.name}-{environment}-"
    deployed_before = config.environments[environment].stack_names.values()
    names = {stack.stack_name for stack in synthesized.stacks(environment)}
    assert all(name.startswith(prefix) for name in names - set(deployed_before))


def test_stacks_have_the_tags_too(
    synthesized: Synthesized, environment: EnvironmentName, config: ServiceConfig
) -> None:
    for stack in synthesized.stacks(environment):
        assert set(stack.tags) == {*checks.REQUIRED_TAGS, *config.service.tags}


def test_production_has_termination_protection(synthesized: Synthesized) -> None:
    assert all(stack.termination_protection for stack in synthesized.stacks("prod"))


def test_stateful_resources_have_the_same_id_in_every_environment(
    synthesized: Synthesized, config: ServiceConfig
) -> None:
    ids = {
        name: Counter(
            resource.logical_id
            for resource in synthesized.resources(environment=name)
            if resource.kind in checks.STATEFUL
        )
        for name in ENVIRONMENT_NAMES
    }
    every = ids["dev"] | ids["staging"] | ids["prod"]
    for name in ENVIRONMENT_NAMES:
        environment = config.environments[name]
        # An environment with an existing VPC or user pool lacks the resources of a new one.
        if environment.vpc is None and environment.user_pool is None:
            assert ids[name] == every, name


def test_handlers_exist(synthesized: Synthesized) -> None:
    handlers = {
        function.properties["Handler"]
        for function in synthesized.resources("AWS::Lambda::Function")
    }
    for handler in handlers:
        module, _, name = handler.rpartition(".")
        assert callable(getattr(importlib.import_module(module), name)), handler


def test_functions_are_invoked_through_their_alias(synthesized: Synthesized) -> None:
    aliases = synthesized.resources("AWS::Lambda::Alias")
    assert len(aliases) == len(synthesized.resources("AWS::Lambda::Function"))
    for permission in synthesized.resources("AWS::Lambda::Permission"):
        # AWS documents only the function's ARN for rotations, not an alias's.
        if permission.properties["Principal"] != "secretsmanager.amazonaws.com":
            invoked = synthesized.referred(permission, permission.properties["FunctionName"])
            assert invoked in aliases, permission.name


def test_deployments_have_the_canary_of_the_configuration(
    synthesized: Synthesized, environment: EnvironmentName, config: ServiceConfig
) -> None:
    for alias in synthesized.resources("AWS::Lambda::Alias", environment=environment):
        has_canary = "CodeDeployLambdaAliasUpdate" in alias.body.get("UpdatePolicy", {})
        assert has_canary is config.environments[environment].canary, alias.name


def test_logs_have_the_retention_of_the_configuration(
    synthesized: Synthesized, environment: EnvironmentName, config: ServiceConfig
) -> None:
    for group in synthesized.resources("AWS::Logs::LogGroup", environment=environment):
        days = config.environments[environment].log_retention_days
        assert group.properties["RetentionInDays"] == days, group.name


def test_endpoints_exist_only_with_a_network(
    synthesized: Synthesized, config: ServiceConfig
) -> None:
    for name in ENVIRONMENT_NAMES:
        networks = synthesized.resources("AWS::EC2::VPC", environment=name)
        endpoints = synthesized.resources("AWS::EC2::VPCEndpoint", environment=name)
        inside = [
            function
            for function in synthesized.resources("AWS::Lambda::Function", environment=name)
            if "VpcConfig" in function.properties
        ]
        assert bool(endpoints) is bool(networks)
        assert networks or config.environments[name].vpc or not inside
