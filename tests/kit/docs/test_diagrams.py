from pathlib import Path

import pytest
from aws_service_kit.docs.architecture import mermaid
from aws_service_kit.docs.architecture.diagrams import watching, working
from aws_service_kit.docs.architecture.graph import Graph, build

from kit.docs.assemblies import Json, allow, arn, assemble, function, policy, ref, resource
from kit.docs.flowcharts import read_flowchart

HOSTILE = [
    'say "no"',
    "end",
    "`markdown` **bold**",
    "<script>alert(1)</script>",
    "a;b %%{init: {}}%%",
    "x#35;y &amp; #quot;",
    "] --> callers",
    "click a href",
    "Ação 処理",
    "new\nline",
]


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    """A graph with a working stack, a stack that is only monitored, and their monitoring."""
    dead = {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": 3}
    work: Json = {
        "Dead": resource("SQS::Queue"),
        "Jobs": resource("SQS::Queue", RedrivePolicy=dead),
        "Daily": resource(
            "Scheduler::Schedule",
            ScheduleExpression="rate(1 day)",
            ScheduleExpressionTimezone="UTC",
            Target={"Arn": arn("Work")},
        ),
        "Policy": policy("Role", allow("sqs:SendMessage", arn("Jobs"))),
        "Role": resource("IAM::Role"),
        "Work": function(VpcConfig={"SubnetIds": [ref("Subnet")]}),
        "Vpc": resource("EC2::VPC"),
        "Subnet": resource("EC2::Subnet", VpcId=ref("Vpc")),
        "Endpoint": resource("EC2::VPCEndpoint", VpcId=ref("Vpc"), ServiceName="com.x.sqs"),
        "Alarm": resource("CloudWatch::Alarm", AlarmActions=[{"Fn::ImportValue": "news"}]),
    }
    news: Json = {
        "Resources": {
            "Board": resource("CloudWatch::Dashboard"),
            "Budget": resource(
                "Budgets::Budget",
                NotificationsWithSubscribers=[{"Subscribers": [{"SubscriptionType": "EMAIL"}]}],
            ),
            "News": resource("SNS::Topic"),
            "ToMail": resource("SNS::Subscription", TopicArn=ref("News"), Protocol="email"),
        },
        "Outputs": {"Out": {"Value": ref("News"), "Export": {"Name": "news"}}},
    }
    return build(assemble(tmp_path, work=work, news=news))


def test_the_flow_of_the_service_is_drawn(graph: Graph) -> None:
    chart = read_flowchart(working(graph))
    assert chart.nodes == {
        "work_Daily": ["Daily", "schedule", "rate(1 day) UTC"],
        "work_Dead": ["Dead", "dead-letter queue"],
        "work_Jobs": ["Jobs", "queue"],
        "work_Vpc": ["Vpc", "VPC", "1 function, 1 endpoint"],
        "work_Work": ["Work", "function"],
    }
    assert chart.boxes == {"stack_work": "work"}
    assert set(chart.inside) == set(chart.nodes)
    assert chart.named() == [
        ("Daily", "Work", "-->", ""),
        ("Jobs", "Dead", "-.->", "after 3 tries"),
        ("Work", "Jobs", "-->", "sends to"),
    ]


def test_monitoring_has_a_separate_diagram(graph: Graph) -> None:
    chart = read_flowchart(watching(graph))
    assert chart.nodes == {
        "cloudwatch": ["CloudWatch"],
        "email": ["E-mail"],
        "stack_work": ["work", "1 function"],
        "news_Board": ["Board", "dashboard"],
        "news_Budget": ["Budget", "budget"],
        "news_News": ["News", "topic"],
    }
    assert set(chart.named()) == {
        ("News", "E-mail", "-->", ""),
        ("Budget", "E-mail", "-->", ""),
        ("CloudWatch", "work", "-.->", "logs and 1 alarm"),
        ("CloudWatch", "Board", "-->", "shows"),
        ("CloudWatch", "News", "-->", "1 alarm"),
    }


def test_a_topic_of_the_flow_is_in_its_diagram(tmp_path: Path) -> None:
    resources = {
        "Alarm": resource("CloudWatch::Alarm", AlarmActions=[ref("News")]),
        "News": resource("SNS::Topic"),
        "Policy": policy("Role", allow("sns:Publish", ref("News"))),
        "Role": resource("IAM::Role"),
        "Work": function(),
    }
    graph = build(assemble(tmp_path, a=resources))
    assert "a_News" in read_flowchart(working(graph)).nodes
    assert "a_News" not in read_flowchart(watching(graph)).nodes


def test_without_resources_there_are_no_diagrams(tmp_path: Path) -> None:
    graph = build(assemble(tmp_path, a={"Role": resource("IAM::Role")}))
    assert (working(graph), watching(graph)) == ("", "")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_names_are_escaped_in_labels(hostile: str, tmp_path: Path) -> None:
    resources = {
        "Topic": resource("SNS::Topic"),
        "ToMail": resource(
            "SNS::Subscription",
            TopicArn=ref("Topic"),
            Protocol="email",
            FilterPolicy={"t": [hostile]},
        ),
        "Rule": resource("Events::Rule", ScheduleExpression=hostile),
        "Other": resource(f"X::{hostile}"),
    }
    graph = build(assemble(tmp_path, {"Topic": hostile, "Rule": f"{hostile} too"}, a=resources))
    chart = read_flowchart(working(graph))
    assert chart.named() == [(hostile, "E-mail", "-->", hostile)]
    assert [hostile, "topic"] in chart.nodes.values()
    assert [f"{hostile} too", "rule", hostile] in chart.nodes.values()
    assert ["Other", f"X {hostile}"] in chart.nodes.values()


def test_similar_names_get_different_ids() -> None:
    assert mermaid.identifiers(["a b", "a-b", "a_b", "a_b_2"]) == [
        "a_b",
        "a_b_2",
        "a_b_3",
        "a_b_2_2",
    ]


def test_stacks_with_a_common_prefix_get_different_ids(tmp_path: Path) -> None:
    graph = build(
        assemble(
            tmp_path,
            {"X": "stack_a", "Y": "b"},
            a={"X": resource("SQS::Queue")},
            stack={"Y": resource("SQS::Queue")},
            stack_a={"Z": resource("SQS::Queue")},
        )
    )
    chart = read_flowchart(working(graph))
    assert len(chart.nodes) == 3
    assert len(chart.boxes) == 3
