"""Dead-letter queues are found in deployed templates, shown without personal data, and redriven."""

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import boto3
import pytest
from aws_service_kit.config import ConfigError
from aws_service_kit.operations import dead_letters
from aws_service_kit.operations.dead_letters import (
    DeadLetterQueue,
    Source,
    choose,
    find_queues,
    main,
    received,
    redrive,
)
from aws_service_kit.operations.deployed import Deployed
from aws_service_kit.operations.failed_invocations import RedriveError
from aws_service_kit.project import ROOT
from botocore.exceptions import NoCredentialsError
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber
from moto import mock_aws

DEPLOYED = Deployed("orders", "dev", "us-east-1")
CPF = "529.982.247-25"
STACK = "arn:aws:cloudformation:us-east-1:123456789012:stack/orders-dev-{}/0a5ee1f0"
ARN = "arn:aws:sqs:us-east-1:123456789012:RequestsDeadLetters"
DEAD = ("RequestsDeadLetters", "JobsDeadLetters", "CallsDeadLetters")


def resource(resource_type: str, **properties: Any) -> dict[str, Any]:  # noqa: ANN401 (any property)
    return {"Type": f"AWS::{resource_type}", "Properties": properties}


def arn(logical_id: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [logical_id, "Arn"]}


# A stack with a queue and its dead-letter queue; a stack with a rule, a schedule and a function.
TEMPLATES = {
    "messaging": {
        "Requests": resource(
            "SQS::Queue", RedrivePolicy={"deadLetterTargetArn": arn("RequestsDeadLetters")}
        ),
        "RequestsDeadLetters": resource("SQS::Queue"),
        "News": resource("SNS::Topic"),
        "ToWork": resource(
            "SNS::Subscription",
            Protocol="sqs",
            Endpoint=arn("Requests"),
            RedrivePolicy={"deadLetterTargetArn": arn("JobsDeadLetters")},
        ),
    },
    "workflow": {
        "Work": resource("Lambda::Function"),
        "Config": resource(
            "Lambda::EventInvokeConfig",
            FunctionName={"Ref": "Work"},
            DestinationConfig={"OnFailure": {"Destination": arn("CallsDeadLetters")}},
        ),
        "Rule": resource(
            "Events::Rule",
            Targets=[{"Arn": arn("Work"), "DeadLetterConfig": {"Arn": arn("CallsDeadLetters")}}],
        ),
        "CallsDeadLetters": resource("SQS::Queue"),
    },
}
TEMPLATES["messaging"]["JobsDeadLetters"] = resource("SQS::Queue")


def cloudformation(urls: dict[str, str]) -> Any:  # noqa: ANN401 (a client)
    """Return a stubbed client with the stacks, since moto's would need further packages."""
    client = boto3.client("cloudformation", region_name=DEPLOYED.region)
    stubber = Stubber(client)
    now = datetime.now(UTC)
    stacks = [
        {
            "StackName": f"orders-dev-{name}",
            "StackId": STACK.format(name),
            "CreationTime": now,
            "StackStatus": "CREATE_COMPLETE",
            "Tags": [{"Key": key, "Value": value} for key, value in DEPLOYED.tags.items()],
        }
        for name in (*TEMPLATES, "by-hand")
    ]
    stubber.add_response("describe_stacks", {"Stacks": stacks})
    for name, resources in TEMPLATES.items():
        stubber.add_response(
            "get_template",
            {"TemplateBody": json.dumps({"Resources": resources})},
            {"StackName": STACK.format(name)},
        )
        summaries = [
            {
                "LogicalResourceId": logical_id,
                "PhysicalResourceId": urls.get(logical_id, logical_id),
                "ResourceType": body["Type"],
                "LastUpdatedTimestamp": now,
                "ResourceStatus": "CREATE_COMPLETE",
            }
            for logical_id, body in resources.items()
        ]
        stubber.add_response("list_stack_resources", {"StackResourceSummaries": summaries})
    stubber.add_response("get_template", {"TemplateBody": "Resources: !Any yaml"})
    stubber.activate()
    return client


@pytest.fixture(autouse=True)
def urls(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Create an account with the queues of the templates; yield their URLs."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    made = Deployed.client
    queues: dict[str, str] = {}
    stub = cache(lambda: cloudformation(queues))

    def client(self: Deployed, service: str) -> Any:  # noqa: ANN401 (any client)
        return stub() if service == "cloudformation" else made(self, service)

    monkeypatch.setattr(Deployed, "client", client)
    monkeypatch.setattr(dead_letters, "find", lambda _: DEPLOYED)
    with mock_aws():
        sqs = made(DEPLOYED, "sqs")
        queues |= {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in DEAD}
        yield queues


def send(url: str, body: str, **attributes: str) -> None:
    DEPLOYED.client("sqs").send_message(
        QueueUrl=url,
        MessageBody=body,
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        },
    )


def ask(*arguments: str) -> int:
    verb, *more = arguments
    return main([verb, "--environment", "dev", *more])


def test_queues_are_found_with_their_sources() -> None:
    found = {
        queue.name: [str(source) for source in queue.sources] for queue in find_queues(DEPLOYED)
    }
    assert found == {
        "messaging/JobsDeadLetters": ["subscription messaging/ToWork"],
        "messaging/RequestsDeadLetters": ["queue messaging/Requests"],
        "workflow/CallsDeadLetters": ["rule workflow/Rule", "function workflow/Work"],
    }


def test_depth_age_and_sources_are_listed(
    urls: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    send(urls["RequestsDeadLetters"], "{}")
    DEPLOYED.client("cloudwatch").put_metric_data(
        Namespace="AWS/SQS",
        MetricData=[
            {
                "MetricName": "ApproximateAgeOfOldestMessage",
                "Dimensions": [{"Name": "QueueName", "Value": "RequestsDeadLetters"}],
                "Value": 7384.0,
                "Timestamp": datetime.now(UTC) - timedelta(minutes=1),
            }
        ],
    )
    assert ask("list") == 0
    assert capsys.readouterr().out.splitlines() == [
        "messaging/JobsDeadLetters: 0 messages; from subscription messaging/ToWork",
        "messaging/RequestsDeadLetters: 1 messages, the oldest for 2:03:04; "
        "from queue messaging/Requests",
        "workflow/CallsDeadLetters: 0 messages; from rule workflow/Rule, function workflow/Work",
    ]


def test_messages_are_shown_without_personal_data_and_kept(
    urls: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    url = urls["RequestsDeadLetters"]
    send(url, json.dumps({"document": CPF, "id": "1"}), document="Maria", origin="web")
    send(url, f"\x9b31m of {CPF}, maria@example.com")
    assert ask("show", "--queue", "RequestsDeadLetters") == 0
    out, err = capsys.readouterr()
    assert not [each for each in (CPF, "Maria", "maria", "\x9b") if each in out]
    assert '"origin": "web"' in out
    assert '"document": "***"' in out
    assert err == "2 of about 2 messages\n"
    # The messages are visible again.
    with received(DEPLOYED.client("sqs"), url, 5) as messages:
        assert len(messages) == 2


def test_messages_of_several_receives_are_shown_once(urls: dict[str, str]) -> None:
    url = urls["RequestsDeadLetters"]
    for number in range(25):
        send(url, str(number))
    with received(DEPLOYED.client("sqs"), url, 23) as messages:
        assert len({message["Body"] for message in messages}) == 23
    with received(DEPLOYED.client("sqs"), url, 100) as messages:
        assert len(messages) == 25


def test_messages_are_visible_again_if_showing_them_fails(urls: dict[str, str]) -> None:
    url, sqs = urls["RequestsDeadLetters"], DEPLOYED.client("sqs")
    send(url, "{}")
    with pytest.raises(ZeroDivisionError), received(sqs, url, 5):
        _ = 1 / 0
    with received(sqs, url, 5) as messages:
        assert len(messages) == 1


def test_a_queue_is_chosen_by_its_name_or_logical_id() -> None:
    queues = [DeadLetterQueue(name, "", ()) for name in ("a/Dead", "b/Dead", "b/Failures")]
    assert choose(queues, "a/Dead") == queues[0]
    assert choose(queues, "Failures") == queues[2]
    with pytest.raises(
        ConfigError, match="Dead is more than one dead-letter queue; there are: a/D"
    ):
        choose(queues, "Dead")
    with pytest.raises(
        ConfigError, match="x is no dead-letter queue; there are: a/Dead, b/Dead, b"
    ):
        choose(queues, "x")


def test_for_messages_from_other_sources_instructions_are_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ask("redrive", "--queue", "JobsDeadLetters", "--yes") == 1
    out, err = capsys.readouterr()
    remedy = "From subscription messaging/ToWork: send the message to its subscriber again"
    assert [line.partition(",")[0] for line in out.splitlines()] == [remedy]
    assert err.startswith("error: SQS moves only messages that came from a queue")
    assert len(err.splitlines()) == 1


# Lambda's form of the messages:
# https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
def failed(function: str = "Work", **more: object) -> str:
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{function}:live"
    return json.dumps({"requestContext": {"functionArn": arn}, "version": "1.0", **more})


def replace(monkeypatch: pytest.MonkeyPatch, service: str) -> Stubber:
    """Replace a service that moto doesn't have, or not with its errors, by botocore's stubber."""
    client, made = boto3.client(service, region_name=DEPLOYED.region), Deployed.client  # type: ignore[call-overload]
    monkeypatch.setattr(
        Deployed, "client", lambda self, name: client if name == service else made(self, name)
    )
    return Stubber(client)


@pytest.fixture
def invoked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """Lambda, which moto runs in Docker only."""
    with replace(monkeypatch, "lambda") as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def respond(stubber: Stubber, result: object, payload: object = ANY, **more: str) -> None:
    """Let the next invocation return a result."""
    arn = "arn:aws:lambda:us-east-1:123456789012:function:Work:live"
    text = json.dumps(result).encode()
    response = {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(text), len(text)), **more}
    options = {} if payload is ANY else {"InvocationType": "Event"}
    stubber.add_response("invoke", response, {"FunctionName": arn, "Payload": payload, **options})


def left(url: str) -> int:
    """Return the number of visible messages."""
    with received(DEPLOYED.client("sqs"), url, 10) as messages:
        return len(messages)


def test_a_failed_asynchronous_invocation_is_repeated(
    urls: dict[str, str], invoked: Stubber, capsys: pytest.CaptureFixture[str]
) -> None:
    url = urls["CallsDeadLetters"]
    send(url, failed(requestPayload={"number": "é"}, responsePayload={"errorType": "Error"}))
    respond(invoked, None, payload=json.dumps({"number": "é"}))
    assert ask("redrive", "--queue", "CallsDeadLetters", "--yes") == 0
    out = capsys.readouterr().out
    assert "From rule workflow/Rule: the attributes have the error" in out
    assert "Repeated 1 invocations." in out
    assert left(url) == 0


def test_a_dry_run_repeats_no_invocation(
    urls: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    send(urls["CallsDeadLetters"], failed(requestPayload={}))
    assert ask("redrive", "--queue", "CallsDeadLetters", "--dry-run") == 0
    plan = "repeat the invocations in about 1 messages of workflow/CallsDeadLetters"
    assert f"Would {plan}, from function workflow/Work.\n" in capsys.readouterr().out
    assert left(urls["CallsDeadLetters"]) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"detail-type": "Order Paid"}', "it has no failed invocation"),
        ("no JSON", "it has no failed invocation"),
        (
            '{"requestContext": {"functionArn": "Work"}, "requestPayload": {}}',
            "it has no failed invocation",
        ),
        (failed("Other", requestPayload={}), "Other is no function of the service"),
    ],
)
def test_another_message_stays(
    urls: dict[str, str], capsys: pytest.CaptureFixture[str], body: str, reason: str
) -> None:
    send(urls["CallsDeadLetters"], body)
    assert ask("redrive", "--queue", "CallsDeadLetters", "--yes") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert reason in line
    assert left(urls["CallsDeadLetters"]) == 1


@pytest.fixture
def changed(urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> tuple[str, dict[str, Any]]:
    """A queue, and the position of three changes of a table in its message."""
    # moto doesn't know the endpoints of accounts.
    monkeypatch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
    table = DEPLOYED.client("dynamodb")
    made = table.create_table(
        TableName="orders-dev-orders",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]
    for number in range(5):
        item = {"pk": {"S": str(number)}, "data": {"B": b"\x00\xff"}}
        table.put_item(TableName="orders-dev-orders", Item=item)
    stream, streams = made["LatestStreamArn"], DEPLOYED.client("dynamodbstreams")
    description = streams.describe_stream(StreamArn=stream)["StreamDescription"]
    shard = description["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    changes = streams.get_records(ShardIterator=iterator)["Records"]
    numbers = [each["dynamodb"]["SequenceNumber"] for each in changes]
    position = {
        "streamArn": stream,
        "shardId": shard,
        "startSequenceNumber": numbers[1],
        "endSequenceNumber": numbers[3],
        "batchSize": 3,
    }
    return urls["CallsDeadLetters"], position


def test_failed_changes_are_read_again_and_given_to_the_consumer(
    changed: tuple[str, dict[str, Any]], invoked: Stubber
) -> None:
    url, position = changed
    payloads: list[dict[str, Any]] = []
    invoked.client.meta.events.register(
        "before-parameter-build.lambda.Invoke",
        lambda params, **_: payloads.append(json.loads(params["Payload"])),
    )
    send(url, failed(DDBStreamBatchInfo=position))
    respond(invoked, {"batchItemFailures": []})
    assert ask("redrive", "--queue", "CallsDeadLetters", "--yes") == 0
    (payload,) = payloads
    assert [each["dynamodb"]["Keys"]["pk"]["S"] for each in payload["Records"]] == ["1", "2", "3"]
    first = payload["Records"][0]
    assert (first["eventName"], first["eventSource"]) == ("INSERT", "aws:dynamodb")
    assert first["eventSourceARN"] == position["streamArn"]
    assert first["dynamodb"]["NewImage"]["data"] == {"B": "AP8="}
    assert isinstance(first["dynamodb"]["ApproximateCreationDateTime"], int)
    assert left(url) == 0


@pytest.mark.parametrize(
    ("result", "more", "reason"),
    [
        ({"batchItemFailures": [{"itemIdentifier": "7"}]}, {}, "Work failed again, at change 7"),
        ({"errorType": "Odd"}, {"FunctionError": "Unhandled"}, "Work failed again: Odd"),
    ],
)
def test_changes_that_fail_again_stay(
    changed: tuple[str, dict[str, Any]],
    invoked: Stubber,
    capsys: pytest.CaptureFixture[str],
    result: object,
    more: dict[str, str],
    reason: str,
) -> None:
    url, position = changed
    send(url, failed(DDBStreamBatchInfo=position))
    respond(invoked, result, **more)
    assert ask("redrive", "--queue", "CallsDeadLetters", "--yes") == 1
    assert reason in capsys.readouterr().err
    assert left(url) == 1


@pytest.mark.parametrize(
    ("difference", "reason"),
    [
        ({"endSequenceNumber": "9" * 30}, "the stream no longer has the changes"),
        ({"startSequenceNumber": "0" * 21}, "the stream no longer has the changes"),
        ({"batchSize": 2}, "the consumer's filter left out 1 of 3 changes"),
    ],
)
def test_changes_that_cannot_be_read_stay(
    changed: tuple[str, dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    difference: dict[str, Any],
    reason: str,
) -> None:
    url, position = changed
    if "startSequenceNumber" in difference:
        stubber = replace(monkeypatch, "dynamodbstreams")
        stubber.add_client_error("get_shard_iterator", "TrimmedDataAccessException")
        stubber.activate()
    send(url, failed(DDBStreamBatchInfo=position | difference))
    assert ask("redrive", "--queue", "CallsDeadLetters", "--yes") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert reason in line
    assert left(url) == 1


def test_a_dry_run_moves_nothing_and_a_redrive_asks_for_confirmation(
    urls: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # moto has no StartMessageMoveTask: a call of it would fail.
    asked = ("redrive", "--queue", "RequestsDeadLetters")
    assert ask(*asked) == 0
    assert "has no message" in capsys.readouterr().out
    send(urls["RequestsDeadLetters"], "{}")
    monkeypatch.setattr(dead_letters, "find_queues", lambda _: [REQUESTS(urls)])
    assert ask(*asked, "--dry-run") == 0
    plan = "about 1 messages of messaging/RequestsDeadLetters to messaging/Requests"
    assert capsys.readouterr().out == f"Would move {plan}.\n"
    assert ask(*asked) == 1
    assert capsys.readouterr().err.startswith("error: there is no terminal to ask for confirmation")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    questions: list[str] = []

    def decline(question: str) -> str:
        questions.append(question)
        return "n"

    monkeypatch.setattr("builtins.input", decline)
    assert ask(*asked) == 0
    assert questions == [f"Move {plan}, in dev? [y/N] "]
    assert capsys.readouterr().out == "Nothing was moved.\n"


def REQUESTS(urls: dict[str, str]) -> DeadLetterQueue:  # noqa: N802 (a constant except for the URL)
    source = Source("AWS::SQS::Queue", "messaging/Requests")
    return DeadLetterQueue("messaging/RequestsDeadLetters", urls["RequestsDeadLetters"], (source,))


# The emulator and moto don't support message move tasks. Botocore's stubber checks parameters and
# responses against the model of SQS.
@pytest.fixture
def moving() -> Iterator[tuple[Any, Stubber]]:
    client = boto3.client("sqs", region_name=DEPLOYED.region)
    with Stubber(client) as stubber:
        yield client, stubber


def task(status: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 (any member)
    return {"Results": [{"Status": status, "SourceArn": ARN, "StartedTimestamp": 2, **more}]}


EARLIER = {"Results": [{"Status": "COMPLETED", "SourceArn": ARN, "StartedTimestamp": 1}]}


@pytest.mark.parametrize("rate", [None, 50])
def test_sqs_moves_the_messages_at_a_rate(moving: tuple[Any, Stubber], rate: int | None) -> None:
    client, stubber = moving
    limit = {} if rate is None else {"MaxNumberOfMessagesPerSecond": rate}
    stubber.add_response("list_message_move_tasks", EARLIER)
    stubber.add_response(
        "start_message_move_task", {"TaskHandle": "h"}, {"SourceArn": ARN, **limit}
    )
    answers: list[dict[str, Any]] = [
        EARLIER,
        task("RUNNING", TaskHandle="h"),
        task("COMPLETED", ApproximateNumberOfMessagesMoved=3),
    ]
    for response in answers:
        stubber.add_response(
            "list_message_move_tasks", response, {"SourceArn": ARN, "MaxResults": ANY}
        )
    slept: list[float] = []
    assert redrive(client, ARN, rate=rate, sleep=slept.append) == 3
    assert len(slept) == 2
    stubber.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("response", "says"),
    [
        (
            task(
                "FAILED",
                FailureReason="CouldNotDetermineMessageSource",
                ApproximateNumberOfMessagesMoved=2,
            ),
            "SQS moved 2 messages and then stopped: CouldNotDetermineMessageSource: a message came "
            "from no queue",
        ),
        (
            task("FAILED", FailureReason="AWS.SimpleQueueService.NonExistentQueue"),
            "SQS moved 0 messages and then stopped: AWS.SimpleQueueService.NonExistentQueue",
        ),
        (task("CANCELLED", ApproximateNumberOfMessagesMoved=1), "SQS moved 1 messages and then"),
    ],
)
def test_a_stopped_move_is_reported_with_its_reason(
    moving: tuple[Any, Stubber], response: dict[str, Any], says: str
) -> None:
    client, stubber = moving
    stubber.add_response("list_message_move_tasks", {"Results": []})
    stubber.add_response("start_message_move_task", {"TaskHandle": "h"})
    stubber.add_response("list_message_move_tasks", response)
    with pytest.raises(RedriveError, match=f"^{says}"):
        redrive(client, ARN, rate=None)


def test_an_interrupted_redrive_continues_in_sqs(moving: tuple[Any, Stubber]) -> None:
    client, stubber = moving
    stubber.add_response("list_message_move_tasks", {"Results": []})
    stubber.add_response("start_message_move_task", {"TaskHandle": "h"})
    stubber.add_response("list_message_move_tasks", task("RUNNING"))

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(RedriveError, match="cancel-message-move-task --task-handle h"):
        redrive(client, ARN, rate=None, sleep=interrupted)


def test_an_error_of_aws_is_one_line(
    urls: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """For example, if another redrive of the queue is in progress."""
    send(urls["RequestsDeadLetters"], "{}")
    reason = "There is already a task running. Only one active task is allowed for a source queue"
    client = boto3.client("sqs", region_name=DEPLOYED.region)
    monkeypatch.setattr(dead_letters, "depth_of", lambda *_: DEPTH)
    monkeypatch.setattr(dead_letters, "find_queues", lambda _: [REQUESTS(urls)])
    monkeypatch.setattr(Deployed, "client", lambda *_: client)
    with Stubber(client) as stubber:
        stubber.add_response("list_message_move_tasks", {"Results": []})
        stubber.add_client_error("start_message_move_task", "InvalidParameterValue", reason)
        assert ask("redrive", "--queue", "RequestsDeadLetters", "--yes") == 1
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert reason in err
    assert len(err.splitlines()) == 1


DEPTH = dead_letters.Depth(1, 0, ARN, timedelta(days=14))


def test_the_documented_role_allows_exactly_the_calls_of_the_task(
    urls: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # SQS receives, deletes and sends with the permissions of the caller. Cancelling is manual.
    called = {"sqs:CancelMessageMoveTask", "sqs:DeleteMessage", "sqs:SendMessage"}
    made = Deployed.client

    def client(self: Deployed, service: str) -> Any:  # noqa: ANN401 (a client)
        listening = made(self, service)
        if service in {"cloudwatch", "sqs"}:
            listening.meta.events.register(
                "before-call", lambda model, **_: called.add(f"{service}:{model.name}")
            )
        return listening

    send(urls["RequestsDeadLetters"], "{}")
    queue = REQUESTS(urls)
    monkeypatch.setattr(Deployed, "client", client)
    monkeypatch.setattr(dead_letters, "find_queues", lambda _: [queue])
    assert ask("list") == ask("show", "--queue", queue.name) == 0
    moves = {"sqs:ListMessageMoveTasks", "sqs:StartMessageMoveTask"}
    # The stub above returns these.
    finds = {f"cloudformation:{name}" for name in ("DescribeStacks", "GetTemplate")}
    finds.add("cloudformation:ListStackResources")
    repeats = {"dynamodb:GetRecords", "dynamodb:GetShardIterator", "lambda:InvokeFunction"}

    role = (ROOT / "operations" / "dead-letters-role.yaml").read_text(encoding="utf-8")
    allowed = re.findall(r"- ((?:cloudformation|cloudwatch|dynamodb|lambda|sqs):[A-Z]\w+)", role)
    # A batch needs the IAM action for one message.
    assert set(allowed) == {name.removesuffix("Batch") for name in called} | moves | finds | repeats


@pytest.mark.parametrize("rate", ["0", "501", "-1", "x", "1.5"])
def test_an_invalid_rate_is_rejected(rate: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        ask("redrive", "--queue", "x", "--rate", rate)
    assert "a number from 1 to 500" in capsys.readouterr().err


def test_missing_credentials_are_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: Deployed) -> None:
        raise NoCredentialsError

    monkeypatch.setattr(dead_letters, "find_queues", fail)
    assert ask("list") == 1
    assert capsys.readouterr().err == "error: Unable to locate credentials\n"


def test_no_dead_letter_queue_is_an_error(
    urls: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    urls.clear()
    for resources in TEMPLATES.values():
        urls.update(dict.fromkeys(resources, ""))
    assert ask("list") == 1
    assert capsys.readouterr().err == "error: orders has no dead-letter queue in dev\n"
