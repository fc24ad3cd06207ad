import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from aws_service_kit.docs.architecture.flows import (
    costs,
    failures,
    http,
    messages,
    permissions,
    rotation,
    state_machines,
    uses,
    watching,
)
from aws_service_kit.docs.architecture.flows.flow import Flow
from aws_service_kit.docs.architecture.graph import build

from kit.docs.assemblies import (
    Json,
    allow,
    arn,
    arrows,
    assemble,
    function,
    join,
    policy,
    ref,
    resource,
)

ROLE = resource("IAM::Role")
QUEUE = resource("SQS::Queue")
TOPIC = resource("SNS::Topic")
FUNCTION = resource("Lambda::Function")
LIVE = resource("Lambda::Alias", FunctionName=ref("Work"), Name="live")


def found(flows: Iterable[Flow]) -> list[tuple[str, str, str, str]]:
    return arrows(list(flows))


def method(verb: str, at: Json, authorization: str = "AWS_IAM") -> Json:
    uri = join("arn:aws:apigateway:x:lambda:path/functions/", ref("Live"), "/invocations")
    return resource(
        "ApiGateway::Method",
        HttpMethod=verb,
        ResourceId=at,
        RestApiId=ref("Api"),
        AuthorizationType=authorization,
        Integration={"Uri": uri},
    )


def test_a_route_connects_callers_with_its_function(tmp_path: Path) -> None:
    root = {"Fn::GetAtt": ["Api", "RootResourceId"]}
    resources = {
        "Api": resource("ApiGateway::RestApi"),
        "Jobs": resource(
            "ApiGateway::Resource", ParentId=root, PathPart="jobs", RestApiId=ref("Api")
        ),
        "Job": resource("ApiGateway::Resource", ParentId=ref("Jobs"), PathPart="{id}"),
        "GetRoot": method("GET", root, "NONE"),
        "PutJob": method("PUT", ref("Job")),
        "Preflight": resource(
            "ApiGateway::Method", HttpMethod="OPTIONS", ResourceId=root, RestApiId=ref("Api")
        ),
        "Work": FUNCTION,
        "Live": LIVE,
    }
    assert found(http.flows(assemble(tmp_path, a=resources))) == [
        ("Api", "Work", "calls", "GET / (public)"),
        ("Callers", "Api", "calls", "IAM"),
        ("Api", "Work", "calls", "PUT /jobs/{id}"),
    ]


def test_a_webhook_is_shown_as_signed(tmp_path: Path) -> None:
    variables = {"Variables": {"WEBHOOK_SECRET_ARN": arn("Shared")}}
    resources = {
        "Api": resource("ApiGateway::RestApi"),
        "Post": method("POST", {"Fn::GetAtt": ["Api", "RootResourceId"]}, "NONE"),
        "Shared": resource("SecretsManager::Secret"),
        "Work": resource("Lambda::Function", Environment=variables),
        "Live": LIVE,
    }
    assert found(http.flows(assemble(tmp_path, a=resources))) == [
        ("Api", "Work", "calls", "POST / (signed)"),
    ]


def test_notifications_and_streams_call_their_consumers(tmp_path: Path) -> None:
    resources = {
        "Failures": QUEUE,
        "Live": LIVE,
        "Mapping": resource(
            "Lambda::EventSourceMapping",
            EventSourceArn={"Fn::GetAtt": ["Rows", "StreamArn"]},
            FunctionName=ref("Live"),
            DestinationConfig={"OnFailure": {"Destination": arn("Failures")}},
        ),
        "NewFiles": resource(
            "Events::Rule",
            EventPattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {"bucket": {"name": [ref("Files")]}},
            },
            Targets=[{"Arn": ref("Live")}],
        ),
        "Files": resource("S3::Bucket"),
        "Rows": resource("DynamoDB::GlobalTable"),
        "Work": FUNCTION,
    }
    assembly = assemble(tmp_path, a=resources)
    assert found(messages.flows(assembly)) == [
        ("Rows", "Work", "calls", ""),
        ("Files", "NewFiles", "calls", "Object Created"),
        ("NewFiles", "Work", "calls", ""),
    ]
    assert found(failures.flows(assembly)) == [("Rows", "Failures", "fails", "")]


def test_a_user_pool_and_a_web_acl_are_connected_to_an_api(tmp_path: Path) -> None:
    resources = {
        "Acl": resource("WAFv2::WebACL"),
        "Api": resource("ApiGateway::RestApi"),
        "Stage": resource("ApiGateway::Stage", RestApiId=ref("Api")),
        "Users": resource("Cognito::UserPool"),
        "Authorizer": resource(
            "ApiGateway::Authorizer", ProviderARNs=[arn("Users")], RestApiId=ref("Api")
        ),
        "Association": resource(
            "WAFv2::WebACLAssociation",
            WebACLArn=arn("Acl"),
            ResourceArn=join("arn:aws:apigateway:x::/restapis/", ref("Api"), "/", ref("Stage")),
        ),
    }
    assert found(http.flows(assemble(tmp_path, a=resources))) == [
        ("Users", "Api", "calls", "authenticates callers"),
        ("Acl", "Api", "calls", "filters"),
    ]


def test_messages_and_events_are_sent_to_their_consumers(tmp_path: Path) -> None:
    resources = {
        "Bus": resource("Events::EventBus"),
        "Daily": resource("Scheduler::Schedule", Target={"Arn": ref("Live")}),
        "Hourly": resource("Events::Rule", Targets=[{"Arn": ref("Live")}]),
        "Jobs": QUEUE,
        "Live": LIVE,
        "Mapping": resource(
            "Lambda::EventSourceMapping",
            EventSourceArn=arn("Jobs"),
            FunctionName=ref("Live"),
            BatchSize=10,
        ),
        "News": TOPIC,
        "Rule": resource(
            "Events::Rule",
            EventBusName=ref("Bus"),
            EventPattern={"detail-type": ["A", "B"]},
            Targets=[{"Arn": arn("Jobs")}, {"Arn": ref("Live")}],
        ),
        "ToMail": resource(
            "SNS::Subscription",
            TopicArn=ref("News"),
            Protocol="email",
            Endpoint="a@b.c",
            FilterPolicy={
                "type": ["Good", {"anything-but": ["Bad"]}],
                "n": [{"numeric": ["=", 1]}],
            },
        ),
        "ToQueue": resource(
            "SNS::Subscription", TopicArn=ref("News"), Protocol="sqs", Endpoint=arn("Jobs")
        ),
        "Work": FUNCTION,
    }
    assert found(messages.flows(assemble(tmp_path, a=resources))) == [
        ("Jobs", "Work", "calls", "up to 10 at once"),
        ("News", "E-mail", "calls", "Good"),
        ("News", "Jobs", "calls", ""),
        ("Hourly", "Work", "calls", ""),
        ("Bus", "Rule", "calls", "A, B"),
        ("Rule", "Jobs", "calls", ""),
        ("Rule", "Work", "calls", ""),
        ("Daily", "Work", "calls", ""),
    ]


def state_machine(definition: Json) -> Json:
    """Return a state machine; {"Ref": …} in its definition becomes a reference."""
    text = json.dumps(definition)
    parts: list[object] = []
    for n, piece in enumerate(text.split("@")):
        parts.append(ref(piece) if n % 2 else piece)
    return resource("StepFunctions::StateMachine", DefinitionString=join(*parts))


def test_a_state_machine_calls_the_resources_of_its_states(tmp_path: Path) -> None:
    inner = {"StartAt": "In", "States": {"In": {"Type": "Task", "Resource": "@Live@"}}}
    definition = {
        "StartAt": "First",
        "States": {
            "First": {"Type": "Task", "Resource": "@Live@", "Next": "Each"},
            "Each": {"Type": "Map", "ItemProcessor": inner, "Next": "Both"},
            "Both": {
                "Type": "Parallel",
                "Branches": [inner, {"States": {"Two": {"x": ["@Live@"]}}}],
            },
            "Tell": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sns:publish",
                "Parameters": {"TopicArn": "@News@", "Message": "in @News@!"},
            },
            "Done": {"Type": "Succeed"},
        },
    }
    resources = {
        "Work": FUNCTION,
        "Live": LIVE,
        "News": TOPIC,
        "Machine": state_machine(definition),
    }
    assert found(state_machines.flows(assemble(tmp_path, a=resources))) == [
        ("Machine", "Work", "calls", "First"),
        ("Machine", "Work", "calls", "In"),
        ("Machine", "Work", "calls", "In"),
        ("Machine", "Work", "calls", "Two"),
        ("Machine", "News", "calls", "Tell"),
    ]


def test_definitions_may_be_texts_or_objects(tmp_path: Path) -> None:
    plain = resource("StepFunctions::StateMachine", DefinitionString='{"States": {"A": {}}}')
    states = {"States": {"B": {"Resource": ref("Live")}}}
    given = resource("StepFunctions::StateMachine", Definition=states)
    resources = {"Work": FUNCTION, "Live": LIVE, "Plain": plain, "Given": given}
    assert found(state_machines.flows(assemble(tmp_path, a=resources))) == [
        ("Given", "Work", "calls", "B")
    ]


def test_a_permission_shows_otherwise_unknown_calls(tmp_path: Path) -> None:
    def permission(source: str) -> Json:
        return resource("Lambda::Permission", FunctionName=ref("Live"), SourceArn=arn(source))

    resources = {
        "Bucket": resource("S3::Bucket"),
        "Work": FUNCTION,
        "Live": LIVE,
        "Rule": resource("Events::Rule", Targets=[{"Arn": ref("Live")}]),
        "OfBucket": permission("Bucket"),
        "OfRule": permission("Rule"),
    }
    assembly = assemble(tmp_path, a=resources)
    known = list(messages.flows(assembly))
    assert found(permissions.flows(assembly, known)) == [("Bucket", "Work", "calls", "")]


def test_a_secret_is_rotated_by_its_function(tmp_path: Path) -> None:
    resources = {
        "Work": FUNCTION,
        "Secret": resource("SecretsManager::Secret"),
        "Rotation": resource(
            "SecretsManager::RotationSchedule",
            SecretId=ref("Secret"),
            RotationLambdaARN=arn("Work"),
        ),
    }
    assert found(rotation.flows(assemble(tmp_path, a=resources))) == [
        ("Secret", "Work", "calls", "rotation")
    ]


def test_cost_alerts_are_sent_to_their_subscribers(tmp_path: Path) -> None:
    mail = {"SubscriptionType": "EMAIL", "Address": "a@b.c"}
    topic = {"SubscriptionType": "SNS", "Address": ref("News")}
    resources = {
        "Alerts": resource(
            "CE::AnomalySubscription",
            MonitorArnList=[ref("Monitor")],
            Subscribers=[{"Type": "EMAIL", "Address": "a@b.c"}],
        ),
        "Budget": resource(
            "Budgets::Budget", NotificationsWithSubscribers=[{"Subscribers": [mail, topic]}]
        ),
        "Monitor": resource("CE::AnomalyMonitor"),
        "News": TOPIC,
    }
    assert found(costs.flows(assemble(tmp_path, a=resources))) == [
        ("Budget", "E-mail", "calls", ""),
        ("Budget", "News", "calls", ""),
        ("Monitor", "Alerts", "calls", ""),
        ("Alerts", "E-mail", "calls", ""),
    ]


def test_failures_are_sent_to_dead_letter_queues(tmp_path: Path) -> None:
    dead = {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": 5}
    destination = {"OnFailure": {"Destination": arn("Dead")}}
    config = {"DeadLetterConfig": {"Arn": arn("Dead")}}
    resources = {
        "Dead": QUEUE,
        "Jobs": resource("SQS::Queue", RedrivePolicy=dead),
        "News": TOPIC,
        "Old": resource("Lambda::Function", DeadLetterConfig={"TargetArn": arn("Dead")}),
        "OnFailure": resource(
            "Lambda::EventInvokeConfig", FunctionName=ref("Work"), DestinationConfig=destination
        ),
        "Rule": resource("Events::Rule", Targets=[config, {"Arn": arn("Work")}]),
        "Schedule": resource("Scheduler::Schedule", Target=config),
        "Stream": resource("Kinesis::Stream"),
        "Streaming": resource(
            "Lambda::EventSourceMapping",
            EventSourceArn=arn("Stream"),
            DestinationConfig=destination,
        ),
        "Subscription": resource("SNS::Subscription", TopicArn=ref("News"), RedrivePolicy=dead),
        "Work": FUNCTION,
    }
    assert found(failures.flows(assemble(tmp_path, a=resources))) == [
        ("Jobs", "Dead", "fails", "after 5 tries"),
        ("Old", "Dead", "fails", ""),
        ("Work", "Dead", "fails", ""),
        ("Stream", "Dead", "fails", ""),
        ("News", "Dead", "fails", ""),
        ("Rule", "Dead", "fails", ""),
        ("Schedule", "Dead", "fails", ""),
    ]


def test_a_function_uses_the_resources_of_its_role(tmp_path: Path) -> None:
    inline = {"PolicyDocument": {"Statement": [allow("s3:PutObject", join(arn("Bucket"), "/x/*"))]}}
    denied = {**allow("sqs:SendMessage", arn("Jobs")), "Effect": "Deny"}
    excepted = {"Effect": "Allow", "Action": "sqs:SendMessage", "NotResource": arn("Jobs")}
    shared = {
        "Resources": {"Table": resource("DynamoDB::GlobalTable")},
        "Outputs": {"Out": {"Value": arn("Table"), "Export": {"Name": "table"}}},
    }
    resources = {
        "Bucket": resource("S3::Bucket"),
        "Jobs": QUEUE,
        "Logs": resource("Logs::LogGroup"),
        "Other": ROLE,
        "OtherPolicy": policy("Other", allow("sqs:SendMessage", arn("Jobs"))),
        "Policy": policy(
            "Role",
            allow(["dynamodb:Query", "dynamodb:UpdateItem"], {"Fn::ImportValue": "table"}),
            allow("dynamodb:GetItem", join({"Fn::ImportValue": "table"}, "/index/x")),
            allow("logs:PutLogEvents", arn("Logs")),
            allow("xray:PutTraceSegments", "*"),
            denied,
            excepted,
        ),
        "Role": resource("IAM::Role", Policies=[inline]),
        "Work": function(),
    }
    assembly = assemble(tmp_path, storage=shared, a=resources)
    assert found(uses.flows(assembly, [])) == [
        ("Work", "Bucket", "uses", "writes"),
        ("Work", "Table", "uses", "reads, writes"),
    ]


@pytest.mark.parametrize("resource_type", ["SecretsManager::Secret", "SSM::Parameter"])
def test_secrets_and_parameters_configure_their_readers(resource_type: str, tmp_path: Path) -> None:
    resources = {
        "Read": resource(resource_type),
        "Written": resource(resource_type),
        "Role": ROLE,
        "Policy": policy(
            "Role",
            allow(["secretsmanager:GetSecretValue", "ssm:GetParameter"], ref("Read")),
            allow(["secretsmanager:PutSecretValue", "ssm:PutParameter"], ref("Written")),
        ),
        "Work": function(),
    }
    assert found(uses.flows(assemble(tmp_path, a=resources), [])) == [
        ("Read", "Work", "configures", "read by"),
        ("Work", "Written", "uses", "writes"),
    ]


def test_permissions_for_known_calls_and_failures_are_no_uses(tmp_path: Path) -> None:
    consume = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    resources = {
        "Dead": QUEUE,
        "Jobs": QUEUE,
        "Unconnected": QUEUE,
        "Mapping": resource(
            "Lambda::EventSourceMapping", EventSourceArn=arn("Jobs"), FunctionName=ref("Work")
        ),
        "OnFailure": resource(
            "Lambda::EventInvokeConfig",
            FunctionName=ref("Work"),
            DestinationConfig={"OnFailure": {"Destination": arn("Dead")}},
        ),
        "Policy": policy(
            "Role",
            allow(consume, [arn("Jobs"), arn("Unconnected")]),
            allow("sqs:SendMessage", arn("Dead")),
        ),
        "Role": ROLE,
        "Work": function(),
    }
    assembly = assemble(tmp_path, a=resources)
    known = [*messages.flows(assembly), *failures.flows(assembly)]
    assert found(uses.flows(assembly, known)) == [("Work", "Unconnected", "uses", "consumes")]


@pytest.mark.parametrize(
    ("action", "word"),
    [
        ("dynamodb:BatchGetItem", "reads"),
        ("dynamodb:ConditionCheckItem", "reads"),
        ("dynamodb:Query", "reads"),
        ("events:PutEvents", "puts events on"),
        ("lambda:InvokeFunction", "invokes"),
        ("s3:DeleteObject", "writes"),
        ("sns:Publish", "publishes to"),
        ("sqs:ChangeMessageVisibility", "consumes"),
        ("sqs:SendMessage", "sends to"),
        ("states:StartExecution", "starts"),
        ("*", "*"),
    ],
)
def test_an_action_has_a_verb(action: str, word: str) -> None:
    assert uses.verb_of(action) == word


def test_cloudwatch_monitors_stacks_and_notifies(tmp_path: Path) -> None:
    alarm = resource("CloudWatch::Alarm", AlarmActions=[{"Fn::ImportValue": "news"}])
    topic_stack = {
        "Resources": {"News": TOPIC},
        "Outputs": {"Out": {"Value": ref("News"), "Export": {"Name": "news"}}},
    }
    assembly = assemble(
        tmp_path,
        both={"Work": FUNCTION, "A": alarm, "B": resource("CloudWatch::CompositeAlarm")},
        one={"A": alarm, "Dash": resource("CloudWatch::Dashboard")},
        quiet={"Jobs": QUEUE},
        notifies=topic_stack,
        works={"Work": FUNCTION},
    )
    assert found(watching.flows(assembly)) == [
        ("CloudWatch", "all of both", "watches", "logs and 2 alarms"),
        ("CloudWatch", "all of one", "watches", "1 alarm"),
        ("CloudWatch", "all of works", "watches", "logs"),
        ("CloudWatch", "Dash", "calls", "shows"),
        ("CloudWatch", "News", "calls", "2 alarms"),
    ]


def test_arrows_between_the_same_ends_are_merged(tmp_path: Path) -> None:
    states = {name: {"Resource": "@Live@"} for name in ("One", "Two")}
    resources = {"Work": FUNCTION, "Live": LIVE, "Machine": state_machine({"States": states})}
    graph = build(assemble(tmp_path, a=resources))
    assert arrows(list(graph.flows)) == [
        ("Machine", "Work", "calls", "One, Two"),
        ("CloudWatch", "all of a", "watches", "logs"),
    ]
