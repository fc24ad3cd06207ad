"""The messaging stack of every environment."""

from aws_service_kit.testing.synthesis import Resource, Synthesized

from service.domain.events import EventType

# Expectations of the team's stack. Change them with the stack.
# The events that people get by e-mail, and the events that the queue gets.
MAILED = [EventType.REQUEST_DECIDED, EventType.REPORT_MADE]
QUEUED = [EventType.PROCESSING_REQUEST]

CONSUMER = "service.handlers.consume_request.handler"


def stack_resources(synthesized: Synthesized, resource_type: str) -> list[Resource]:
    return [
        found
        for found in synthesized.resources(resource_type)
        if found.stack.endswith("-messaging")
    ]


def consumers(synthesized: Synthesized) -> list[Resource]:
    functions = stack_resources(synthesized, "AWS::Lambda::Function")
    return [each for each in functions if each.properties["Handler"] == CONSUMER]


def test_queues_and_topic_keep_their_ids(synthesized: Synthesized) -> None:
    """CloudFormation replaces a resource whose logical id changes, and deletes its messages."""
    assert {queue.logical_id for queue in stack_resources(synthesized, "AWS::SQS::Queue")} >= {
        "Requests",
        "RequestsDeadLetters",
        "NotificationsDeadLetters",
    }
    assert {topic.logical_id for topic in stack_resources(synthesized, "AWS::SNS::Topic")} >= {
        "Notifications"
    }


def test_the_visibility_timeout_is_six_times_the_consumers_timeout(
    synthesized: Synthesized,
) -> None:
    timeouts = {
        function.environment: function.properties["Timeout"] for function in consumers(synthesized)
    }
    for queue in stack_resources(synthesized, "AWS::SQS::Queue"):
        if queue.logical_id == "Requests":
            visibility = queue.properties["VisibilityTimeout"]
            assert visibility >= 6 * timeouts[queue.environment]


def test_people_get_decisions_and_the_queue_gets_requests(synthesized: Synthesized) -> None:
    filters = [
        (found.properties["Protocol"], found.properties["FilterPolicy"]["type"])
        for found in stack_resources(synthesized, "AWS::SNS::Subscription")
    ]
    assert ("email", MAILED) in filters
    assert ("sqs", QUEUED) in filters


def test_the_consumer_may_decide_and_notify_or_forward(synthesized: Synthesized) -> None:
    (function, *_) = consumers(synthesized)
    forwards = "BUS_NAME" in function.properties["Environment"]["Variables"]
    permissions: dict[str, object] = (
        {"PutOnEvents": "events:PutEvents"}
        if forwards
        else {
            "UseRecords": ["dynamodb:GetItem", "dynamodb:UpdateItem"],
            "PublishToNotifications": "sns:Publish",
        }
    )
    roles = [each.properties["Role"]["Fn::GetAtt"][0] for each in consumers(synthesized)]
    for policy in stack_resources(synthesized, "AWS::IAM::Policy"):
        if policy.properties["Roles"][0]["Ref"] not in roles:
            continue
        allowed = {
            statement["Sid"]: statement["Action"]
            for statement in policy.properties["PolicyDocument"]["Statement"]
        }
        assert allowed == {
            "WriteOwnLogs": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "ConsumeRequests": [
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
            ],
            **permissions,
        }


def test_the_consumer_forwards_to_the_bus_if_there_is_a_workflow(synthesized: Synthesized) -> None:
    resources = synthesized.resources(environment="dev")
    stacks = {resource.stack.rpartition("-")[2] for resource in resources}
    (function,) = (found for found in consumers(synthesized) if found.environment == "dev")
    forwards = "BUS_NAME" in function.properties["Environment"]["Variables"]
    assert forwards is ({"events", "workflow"} <= stacks)
