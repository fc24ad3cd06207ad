"""Resources of the empty scaffold may be unused. Others may not."""

from datetime import date
from pathlib import Path

import pytest
from aws_cdk import App, Duration, Environment, Stage
from aws_service_kit.config import ServiceConfig
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.queue import Queue
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.topic import Topic
from aws_service_kit.controls.catalog.lambda_functions import DeadLetterQueues
from aws_service_kit.controls.catalog.resources import Unused
from aws_service_kit.controls.evidence import Evidence

TODAY = date(2026, 12, 1)


@pytest.fixture(scope="module")
def root(config: ServiceConfig, bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service with a function that uses none of its resources."""
    root = tmp_path_factory.mktemp("service")
    settings = config.environments["dev"]
    environment = ServiceEnvironment(config=config, settings=settings, bundle=bundle)
    app = App(outdir=str(root / "cdk.out"), builtin_cloud_formation_validation=False)
    stage = Stage(app, "dev", env=Environment(account=settings.account, region=settings.region))
    stack = ServiceStack(stage, "messaging", environment=environment, description="Messages")
    Queue(stack, "Requests")
    Topic(stack, "Notifications")
    Queue(stack, "Forgotten")
    # A new stack, and a stack with one used resource.
    Queue(
        ServiceStack(stage, "invoices", environment=environment, description="Invoices"), "Drafts"
    )
    refunds = ServiceStack(stage, "refunds", environment=environment, description="Refunds")
    used = Queue(refunds, "Refunds")
    Queue(refunds, "Late")
    health = Function(
        stack,
        "Health",
        handler="service.handlers.health.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
    )
    used.grant_send(health)
    app.synth()
    return root


@pytest.mark.parametrize(
    ("scaffold", "unused"),
    [
        ("empty", {"Forgotten", "Late"}),
        ("sample", {"Forgotten", "Late", "Requests", "Notifications", "NotificationsDeadLetters"}),
    ],
)
def test_an_unused_resource_is_found_unless_it_is_of_the_empty_scaffold(
    scaffold: str, unused: set[str], root: Path
) -> None:
    (root / ".copier-answers.yml").write_text(f"scaffold: {scaffold}\n", encoding="utf-8")
    judgements = Unused().judge(Evidence(root, TODAY))
    assert {each.subject.rpartition("/")[2] for each in judgements if each.fault} == unused


def test_a_topic_without_subscriptions_has_a_dead_letter_queue(root: Path) -> None:
    assert [each for each in DeadLetterQueues().judge(Evidence(root, TODAY)) if each.fault] == []
