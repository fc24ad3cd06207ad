"""A webhook's route needs evidence of authentication, and no waiver."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from aws_cdk import App, Duration, Environment, Stage
from aws_service_kit.config import ServiceConfig
from aws_service_kit.constructs.api import RestApi
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.secret import GeneratedSecret
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.table import Table
from aws_service_kit.controls.catalog.principles import AuthenticatedApi
from aws_service_kit.controls.evidence import Evidence

HANDLER = """
from aws_service_kit.runtime.signatures import GitHub
from aws_service_kit.runtime.webhook import Delivery, webhook


@webhook(GitHub())
def handler(delivery: Delivery) -> None:
    pass
"""
DECORATOR = "@webhook(GitHub())"

Judge = Callable[..., list[str]]


@pytest.fixture(scope="module")
def judge(config: ServiceConfig, bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """Judge a service with a webhook, with the source of its handler."""
    root = tmp_path_factory.mktemp("service")
    settings = config.environments["dev"]
    environment = ServiceEnvironment(config=config, settings=settings, bundle=bundle)
    app = App(outdir=str(root / "cdk.out"), builtin_cloud_formation_validation=False)
    stage = Stage(app, "dev", env=Environment(account=settings.account, region=settings.region))
    stack = ServiceStack(stage, "sample", environment=environment, description="Sample")
    api = RestApi(stack, "Api")
    function = Function(
        stack,
        "Receive",
        handler="service.handlers.receive.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
    )
    api.add_webhook(
        "POST /webhooks/payments",
        function,
        secret=GeneratedSecret(stack, "Shared", description="Signs payments"),
        deliveries=Table(
            stack, "Records", partition_key="pk", sort_key="sk", time_to_live="expires_at"
        ),
    )
    app.synth()

    def faults(source: str, template: str = "") -> list[str]:
        path = root / "src" / "service" / "handlers" / "receive.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
        files = list((root / "cdk.out").rglob("*.template.json"))
        before = {file: file.read_text(encoding="utf-8") for file in files}
        for file, text in before.items():
            file.write_text(text.replace(template, "OTHER") if template else text, "utf-8")
        try:
            judged = AuthenticatedApi().judge(Evidence(root, date(2026, 11, 30)))
            return [each.fault for each in judged]
        finally:
            for file, text in before.items():
                file.write_text(text, encoding="utf-8")

    return faults


AUTHENTICATING = {
    "the decorator": HANDLER,
    "renamed": HANDLER.replace(
        "import Delivery, webhook", "import Delivery, webhook as signed"
    ).replace(DECORATOR, "@signed(GitHub())"),
    "of its module": HANDLER.replace(
        "from aws_service_kit.runtime.webhook import Delivery, webhook",
        "from aws_service_kit.runtime import webhook\n"
        "from aws_service_kit.runtime.webhook import Delivery",
    ).replace(DECORATOR, "@webhook.webhook(GitHub())"),
}


@pytest.mark.parametrize("source", AUTHENTICATING.values(), ids=AUTHENTICATING)
def test_a_handler_that_verifies_signatures_authenticates(source: str, judge: Judge) -> None:
    assert judge(source) == [""]


# Each accepts unsigned requests, or may.
NOT_AUTHENTICATING = {
    "no decorator": HANDLER.replace(DECORATOR, ""),
    "one of the same name": HANDLER.replace("aws_service_kit.runtime.webhook", "service.webhook"),
    "another one outside": HANDLER.replace(DECORATOR, f"@accept_all\n{DECORATOR}"),
    "not called": HANDLER.replace(DECORATOR, "@webhook"),
    "replaced below": f"{HANDLER}\n\nhandler = print\n",
    "replaced in a branch": f"{HANDLER}\n\nif DEBUG:\n    from tests import open as handler\n",
    "in another function": HANDLER.replace("def handler", "def other"),
    "no file": "",
}


@pytest.mark.parametrize("source", NOT_AUTHENTICATING.values(), ids=NOT_AUTHENTICATING)
def test_another_handler_does_not_authenticate(source: str, judge: Judge) -> None:
    assert judge(source) == ["no authentication for POST /webhooks/payments"]


def test_a_handler_without_a_secret_does_not_authenticate(
    judge: Judge,
) -> None:
    assert judge(HANDLER, "WEBHOOK_SECRET_ARN") == ["no authentication for POST /webhooks/payments"]
