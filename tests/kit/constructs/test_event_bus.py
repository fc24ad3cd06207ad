from typing import Any

import pytest
from aws_cdk import Duration
from aws_cdk.assertions import Match, Template
from aws_service_kit.config import ServiceConfig
from aws_service_kit.constructs.arguments import ArgumentError
from aws_service_kit.constructs.event_bus import EventBus, Rule
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.queue import AnyQueue, DeadLetterQueue, Queue
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.state_machine import StateMachine
from aws_service_kit.testing.synthesis import MakeStack, with_environment

from kit.constructs.test_state_machine import add_state_machine

FAILURES = {"Fn::GetAtt": ["Failures", "Arn"]}


def add_rule(stack: ServiceStack, target: Function | AnyQueue | StateMachine) -> Template:
    Rule(
        stack,
        "Things",
        bus=EventBus(stack, "Events"),
        event_type="Something Happened",
        data={"status": ["new", "old"]},
        target=target,
        dead_letter_queue=DeadLetterQueue(stack, "Failures"),
    )
    return Template.from_stack(stack)


def add_function(stack: ServiceStack) -> Function:
    return Function(
        stack,
        "Sample",
        handler="service.handlers.sample.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
        on_failure=DeadLetterQueue(stack, "FunctionFailures"),
    )


def target_of(template: Template) -> dict[str, Any]:
    (rule,) = template.find_resources("AWS::Events::Rule").values()
    (target,) = rule["Properties"]["Targets"]
    assert isinstance(target, dict)
    return target


def test_the_archive_keeps_events_for_a_month(make_stack: MakeStack) -> None:
    stack, environment = make_stack()
    EventBus(stack, "Events")
    template = Template.from_stack(stack)
    assert set(template.find_resources("AWS::Events::EventBus")) == {"Events"}
    template.has_resource_properties(
        "AWS::Events::Archive",
        {"RetentionDays": 30, "EventPattern": {"source": [environment.name]}},
    )


def test_the_retention_of_an_archive_is_in_whole_days(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    with pytest.raises(ArgumentError, match="Events: archive_retention is a number of whole days"):
        EventBus(stack, "Events", archive_retention=Duration.hours(36))


def test_a_misspelled_argument_is_rejected(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    with pytest.raises(TypeError, match="archive_retension"):
        EventBus(stack, "Events", archive_retension=Duration.days(3))  # type: ignore[call-arg] # wrong


def test_a_rule_matches_type_and_data_of_the_services_events(make_stack: MakeStack) -> None:
    stack, environment = make_stack()
    template = add_rule(stack, add_function(stack))
    template.has_resource_properties(
        "AWS::Events::Rule",
        {
            "EventBusName": {"Ref": "Events"},
            "EventPattern": {
                "source": [environment.name],
                "detail-type": ["Something Happened"],
                "detail": {"data": {"status": ["new", "old"]}},
            },
        },
    )


@pytest.mark.parametrize("target_type", ["function", "queue", "machine"])
def test_each_target_gets_the_envelope_and_a_dead_letter_queue(
    target_type: str, make_stack: MakeStack
) -> None:
    stack, _ = make_stack()
    target: Function | AnyQueue | StateMachine
    match target_type:
        case "function":
            target = add_function(stack)
        case "queue":
            timeout = Duration.seconds(20)
            target = Queue(stack, "Jobs", consumer_timeout=timeout)
        case _:
            target = add_state_machine(stack)
    template = add_rule(stack, target)
    found = target_of(template)
    assert found["InputPath"] == "$.detail"
    assert found["DeadLetterConfig"] == {"Arn": FAILURES}
    assert found["RetryPolicy"] == {
        "MaximumEventAgeInSeconds": 6 * 3600,
        "MaximumRetryAttempts": 8,
    }
    assert ("RoleArn" in found) is (target_type == "machine")
    template.resource_count_is("AWS::Lambda::Permission", int(target_type == "function"))


def test_a_rule_may_send_to_its_queues(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    queue = Queue(stack, "Jobs", consumer_timeout=Duration.seconds(20))
    template = add_rule(stack, queue)
    (rule,) = template.find_resources("AWS::Events::Rule")
    allowed = Match.object_like(
        {
            "Sid": "TakeFromThings",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [rule, "Arn"]}}},
        }
    )
    for queue_id in ("Jobs", "Failures"):
        template.has_resource_properties(
            "AWS::SQS::QueuePolicy",
            {
                "Queues": [{"Ref": queue_id}],
                "PolicyDocument": {"Statement": Match.array_with([allowed])},
            },
        )


def test_a_rule_depends_on_the_permission_to_start_its_state_machine(make_stack: MakeStack) -> None:
    """EventBridge doesn't retry a rejected call.

    https://github.com/aws-amplify/amplify-cli/issues/10395
    """
    stack, _ = make_stack()
    template = add_rule(stack, add_state_machine(stack))
    (rule,) = template.find_resources("AWS::Events::Rule").values()
    role = rule["Properties"]["Targets"][0]["RoleArn"]["Fn::GetAtt"][0]
    policies = {
        name
        for name, policy in template.find_resources("AWS::IAM::Policy").items()
        if policy["Properties"]["Roles"] == [{"Ref": role}]
    }
    assert len(policies) == 1
    assert {role, *policies} == set(rule["DependsOn"])


def test_the_bus_is_named_after_service_and_environment(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    """A bus that was deployed with another name keeps it."""
    names = []
    for named_stacks in (("*",), ("sample",), (), ("workflow",)):
        stack, _ = make_stack("dev", with_environment(config, "dev", named_stacks=named_stacks))
        EventBus(stack, "Events")
        (bus,) = Template.from_stack(stack).find_resources("AWS::Events::EventBus").values()
        names.append(bus["Properties"]["Name"])
    assert names[:2] == ["payments-dev-Events"] * 2
    assert names[2:] == ["devsampleEventsBus89CE1D35"] * 2


def test_a_rule_may_start_only_its_state_machine(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    template = add_rule(stack, add_state_machine(stack))
    role = target_of(template)["RoleArn"]["Fn::GetAtt"][0]
    statements = [
        statement
        for policy in template.find_resources("AWS::IAM::Policy").values()
        if policy["Properties"]["Roles"] == [{"Ref": role}]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    assert statements == [
        {
            "Sid": "StartMachine",
            "Effect": "Allow",
            "Action": "states:StartExecution",
            "Resource": {"Ref": "Machine"},
        }
    ]


def test_a_function_may_put_events(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    function = add_function(stack)
    EventBus(stack, "Events").grant_put_events(function)
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Policy",
        {
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [
                        {
                            "Sid": "PutOnEvents",
                            "Effect": "Allow",
                            "Action": "events:PutEvents",
                            "Resource": {"Fn::GetAtt": ["Events", "Arn"]},
                        }
                    ]
                )
            }
        },
    )


def test_a_rule_without_data_matches_all_events_of_its_type(make_stack: MakeStack) -> None:
    """EventBridge rejects a pattern with an empty object."""
    stack, environment = make_stack()
    Rule(
        stack,
        "Things",
        bus=EventBus(stack, "Events"),
        event_type="Something Happened",
        target=add_function(stack),
        dead_letter_queue=DeadLetterQueue(stack, "Failures"),
    )

    (rule,) = Template.from_stack(stack).find_resources("AWS::Events::Rule").values()

    pattern = {"source": [environment.name], "detail-type": ["Something Happened"]}
    assert rule["Properties"]["EventPattern"] == pattern
