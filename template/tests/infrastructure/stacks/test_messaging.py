"""The messaging stack of every environment."""

from aws_service_kit.testing.synthesis import Resource, Synthesized

from service.domain.events import EventType

# What the team expects of its stack: change it with the stack.
# The events that people get by e-mail, and those that the queue takes.
MAILED = [EventType.REQUEST_DECIDED, EventType.REPORT_MADE]
QUEUED = [EventType.PROCESSING_REQUEST]

CONSUMER = "service.handlers.consume_request.handler"


def own(synthesized: Synthesized, kind: str) -> list[Resource]:
    return [found for found in synthesized.resources(kind) if found.stack.endswith("-messaging")]


def consumers(synthesized: Synthesized) -> list[Resource]:
    functions = own(synthesized, "AWS::Lambda::Function")
    return [each for each in functions if each.properties["Handler"] == CONSUMER]


def test_queues_and_topic_keep_their_ids(synthesized: Synthesized) -> None:
    """CloudFormation replaces what has another logical id, and what waits in it is gone."""
    assert {queue.logical_id for queue in own(synthesized, "AWS::SQS::Queue")} >= {
        "Requests",
        "RequestsDeadLetters",
        "NotificationsDeadLetters",
    }
    assert {topic.logical_id for topic in own(synthesized, "AWS::SNS::Topic")} >= {"Notifications"}


def test_a_message_waits_six_times_as_long_as_its_consumer_works(synthesized: Synthesized) -> None:
    timeouts = {
        function.environment: function.properties["Timeout"] for function in consumers(synthesized)
    }
    for queue in own(synthesized, "AWS::SQS::Queue"):
        if queue.logical_id == "Requests":
            visibility = queue.properties["VisibilityTimeout"]
            assert visibility >= 6 * timeouts[queue.environment]


def test_people_hear_of_outcomes_and_the_queue_takes_requests(synthesized: Synthesized) -> None:
    filters = [
        (found.properties["Protocol"], found.properties["FilterPolicy"]["type"])
        for found in own(synthesized, "AWS::SNS::Subscription")
    ]
    assert ("email", MAILED) in filters
    assert ("sqs", QUEUED) in filters


def test_the_consumer_may_decide_and_tell_or_pass_on(synthesized: Synthesized) -> None:
    (function, *_) = consumers(synthesized)
    passes_on = "BUS_NAME" in function.properties["Environment"]["Variables"]
    further: dict[str, object] = (
        {"PutOnEvents": "events:PutEvents"}
        if passes_on
        else {
            "UseRecords": ["dynamodb:GetItem", "dynamodb:UpdateItem"],
            "PublishToNotifications": "sns:Publish",
        }
    )
    roles = [each.properties["Role"]["Fn::GetAtt"][0] for each in consumers(synthesized)]
    for policy in own(synthesized, "AWS::IAM::Policy"):
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
            **further,
        }


def test_the_consumer_passes_on_where_a_bus_leads_to_a_workflow(synthesized: Synthesized) -> None:
    kinds = {resource.kind for resource in synthesized.resources(environment="dev")}
    (function,) = (found for found in consumers(synthesized) if found.environment == "dev")
    passes_on = "BUS_NAME" in function.properties["Environment"]["Variables"]
    assert passes_on is ({"AWS::Events::EventBus", "AWS::StepFunctions::StateMachine"} <= kinds)
