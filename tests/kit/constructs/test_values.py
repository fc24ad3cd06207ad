"""Settings of single resources in team.toml, and their effects."""

from collections.abc import Callable
from pathlib import Path

import pytest
from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template
from aws_service_kit.app import synthesis as app
from aws_service_kit.config import ConfigError, ServiceConfig, load
from aws_service_kit.config.resources import ResourceTables
from aws_service_kit.config.schema import AlarmThresholds
from aws_service_kit.constructs.api import RestApi
from aws_service_kit.constructs.arguments import ArgumentError
from aws_service_kit.constructs.bucket import Bucket
from aws_service_kit.constructs.budget import CostBudget
from aws_service_kit.constructs.cost_anomalies import CostAnomalies
from aws_service_kit.constructs.event_bus import EventBus
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.queue import DeadLetterQueue, Queue
from aws_service_kit.constructs.schedule import Schedule, function_target
from aws_service_kit.constructs.secret import GeneratedSecret
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.state_machine import NOT_READY_DELAYS, FunctionTask, StateMachine
from aws_service_kit.constructs.stream_consumer import StreamConsumer
from aws_service_kit.constructs.table import Table
from aws_service_kit.constructs.topic import Topic
from aws_service_kit.testing.sample import project
from aws_service_kit.testing.synthesis import MakeStack

SECONDS, DAYS = Duration.seconds, Duration.days

# A value for every key of every table, and its place in the templates.
EVERY_KEY: dict[str, dict[str, tuple[object, str, str]]] = {
    "functions": {
        "timeout_seconds": (40, "AWS::Lambda::Function", "'Timeout': 40,"),
        "additional_timeout_seconds": (3, "AWS::Lambda::Function", "'Timeout': 13,"),
        "memory_mb": (300, "AWS::Lambda::Function", "'MemorySize': 300,"),
        "reserved_concurrency": (9, "AWS::Lambda::Function", "'ReservedConcurrentExecutions': 9,"),
    },
    "queues": {
        "retention_days": (3, "AWS::SQS::Queue", f"'MessageRetentionPeriod': {3 * 86_400},"),
        "max_receive_count": (4, "AWS::SQS::Queue", "'maxReceiveCount': 4"),
        "max_concurrency": (6, "AWS::Lambda::EventSourceMapping", "'MaximumConcurrency': 6"),
        "alarm_age_seconds": (77, "AWS::CloudWatch::Alarm", "'Threshold': 77,"),
    },
    "dead_letter_queues": {
        "retention_days": (11, "AWS::SQS::Queue", f"'MessageRetentionPeriod': {11 * 86_400},"),
        "alarm_messages": (5, "AWS::CloudWatch::Alarm", "'Threshold': 5,"),
    },
    "stream_consumers": {
        "batch_size": (21, "AWS::Lambda::EventSourceMapping", "'BatchSize': 21,"),
        "parallel_batches": (
            4,
            "AWS::Lambda::EventSourceMapping",
            "'ParallelizationFactor': 4,",
        ),
        "retry_attempts": (13, "AWS::Lambda::EventSourceMapping", "'MaximumRetryAttempts': 13,"),
        "max_age_seconds": (
            333,
            "AWS::Lambda::EventSourceMapping",
            "'MaximumRecordAgeInSeconds': 333,",
        ),
        "alarm_age_seconds": (66, "AWS::CloudWatch::Alarm", "'Threshold': 66000,"),
    },
    "schedules": {
        "expression": (
            "cron(30 6 * * ? *)",
            "AWS::Scheduler::Schedule",
            "'ScheduleExpression': 'cron(30 6 * * ? *)'",
        ),
        "time_zone": (
            "Europe/Lisbon",
            "AWS::Scheduler::Schedule",
            "'ScheduleExpressionTimezone': 'Europe/Lisbon'",
        ),
    },
    "buckets": {
        "expire_after_days": (99, "AWS::S3::Bucket", "'ExpirationInDays': 99,"),
        "noncurrent_days": (8, "AWS::S3::Bucket", "'NoncurrentDays': 8"),
        "incomplete_upload_days": (2, "AWS::S3::Bucket", "'DaysAfterInitiation': 2"),
    },
    "event_buses": {"archive_days": (61, "AWS::Events::Archive", "'RetentionDays': 61,")},
    "state_machines": {
        "timeout_seconds": (
            900,
            "AWS::StepFunctions::StateMachine",
            f'"TimeoutSeconds":{900 + NOT_READY_DELAYS}',
        )
    },
    "secrets": {
        "rotation_days": (
            12,
            "AWS::SecretsManager::RotationSchedule",
            "'AutomaticallyAfterDays': 12",
        )
    },
}


def function(stack: ServiceStack, construct_id: str = "Work") -> Function:
    return Function(
        stack,
        construct_id,
        handler="service.handlers.sample.handler",
        memory_mb=256,
        timeout=SECONDS(10),
    )


def one_of_each(stack: ServiceStack) -> None:
    """Create a construct for every table, with the id Work or one derived from it."""
    worker = function(stack)
    queue = Queue(stack, "Jobs", retention=DAYS(5), alarm_age=SECONDS(55))
    queue.add_consumer(worker, max_concurrency=5)
    undelivered = DeadLetterQueue(stack, "Undelivered", retention=DAYS(13), alarm_threshold=2)
    StreamConsumer(
        stack,
        "Changes",
        table=Table(stack, "Rows", partition_key="pk", sort_key="sk", stream=True),
        function=worker,
        dead_letter_queue=undelivered,
    )
    Schedule(
        stack,
        "Daily",
        cron="cron(0 9 * * ? *)",
        event_type="Day Began",
        target=function_target(worker),
        dead_letter_queue=undelivered,
        description="Every morning",
    )
    Bucket(
        stack,
        "Files",
        expire_after=DAYS(100),
        noncurrent_retention=DAYS(9),
        incomplete_upload_retention=DAYS(3),
    )
    EventBus(stack, "Events", archive_retention=DAYS(60))
    GeneratedSecret(stack, "Key", description="Signs", rotation=worker)
    failed = sfn.Fail(stack, "Failed")
    task = FunctionTask(stack, "Task", function=worker, refused=failed, failed=failed)
    StateMachine(stack, "Flow", start=task, tasks=[task], description="Works")


IDS = {
    "functions": "Work",
    "queues": "Jobs",
    "dead_letter_queues": "Undelivered",
    "stream_consumers": "Changes",
    "schedules": "Daily",
    "buckets": "Files",
    "event_buses": "Events",
    "state_machines": "Flow",
    "secrets": "Key",
}

Configured = Callable[[str], ServiceConfig]
Make = Callable[[ServiceStack], None]


@pytest.fixture
def configured(tmp_path: Path) -> Configured:
    """Load the sample's configuration with a team.toml."""
    return lambda team: load(project(tmp_path, team=team))


def toml(keys: dict[str, dict[str, tuple[object, str, str]]], *, name: str | None = None) -> str:
    return "\n".join(
        f'[environments.prod.{table}."{name or IDS[table]}"]\n'
        + "\n".join(f"{key} = {value!r}" for key, (value, _, _) in values.items())
        for table, values in keys.items()
    )


@pytest.mark.parametrize("name", [None, "*"])
@pytest.mark.parametrize("without", ["additional_timeout_seconds", "timeout_seconds"])
def test_every_key_is_in_the_template(
    make_stack: MakeStack, configured: Configured, name: str | None, without: str
) -> None:
    models = {
        table: field.annotation.__args__[1].model_fields.keys()  # type: ignore[union-attr]
        for table, field in ResourceTables.model_fields.items()
    }
    assert {table: values.keys() for table, values in EVERY_KEY.items()} == models
    keys = {
        table: {
            key: value for key, value in values.items() if key != without or table != "functions"
        }
        for table, values in EVERY_KEY.items()
    }
    stack, _ = make_stack("prod", configured(toml(keys, name=name)))
    one_of_each(stack)
    template = Template.from_stack(stack)
    for values in keys.values():
        for key, (_, resource_type, text) in values.items():
            found = str(list(template.find_resources(resource_type).values())).replace("}", ",")
            assert text.replace("}", ",") in found, key


def test_without_a_key_the_arguments_apply(make_stack: MakeStack, configured: Configured) -> None:
    stack, _ = make_stack("prod", configured(""))
    one_of_each(stack)
    template = Template.from_stack(stack)
    (jobs, *_) = template.find_resources("AWS::SQS::Queue").values()
    assert jobs["Properties"]["MessageRetentionPeriod"] in {5 * 86_400, 14 * 86_400}
    template.has_resource_properties("AWS::SQS::Queue", {"MessageRetentionPeriod": 5 * 86_400})
    template.has_resource_properties("AWS::SQS::Queue", {"MessageRetentionPeriod": 13 * 86_400})
    template.has_resource_properties(
        "AWS::Lambda::EventSourceMapping", {"ScalingConfig": {"MaximumConcurrency": 5}}
    )
    template.has_resource_properties("AWS::Events::Archive", {"RetentionDays": 60})
    thresholds = {
        alarm["Properties"]["Threshold"]
        for alarm in template.find_resources("AWS::CloudWatch::Alarm").values()
    }
    assert {55, 2} <= thresholds


@pytest.mark.parametrize(
    ("team", "seconds"),
    [
        ('[environments.dev.functions."*"]\nadditional_timeout_seconds = 30', 10),
        ('[environments.prod.functions."*"]\nadditional_timeout_seconds = 30', 40),
        ('[environments."*".functions."*"]\nadditional_timeout_seconds = 30', 40),
        ("[environments.prod.functions.Work]\ntimeout_seconds = 5", 5),
        (
            '[environments.prod.functions."*"]\nadditional_timeout_seconds = 30\n'
            "[environments.prod.functions.Work]\nadditional_timeout_seconds = 0",
            10,
        ),
        (
            '[environments.prod.functions."*"]\nadditional_timeout_seconds = 30\n'
            "[environments.prod.functions.Work]\ntimeout_seconds = 20",
            20,
        ),
        (
            '[environments.prod.functions."*"]\ntimeout_seconds = 20\n'
            "[environments.prod.functions.Work]\nadditional_timeout_seconds = 1",
            21,
        ),
    ],
)
def test_a_time_out_can_be_set_or_extended(
    make_stack: MakeStack, configured: Configured, team: str, seconds: int
) -> None:
    stack, _ = make_stack("prod", configured(team))
    assert function(stack).timeout.to_seconds() == seconds


def test_dependent_time_outs_follow(make_stack: MakeStack, configured: Configured) -> None:
    """https://github.com/gchq/sleeper/issues/3604: the visibility time-out wasn't adjusted."""
    team = '[environments.prod.functions."*"]\nadditional_timeout_seconds = 30'
    stack, _ = make_stack("prod", configured(team))
    worker = function(stack)
    Queue(stack, "Jobs", consumer_timeout=SECONDS(10)).add_consumer(worker)
    failed = sfn.Fail(stack, "Failed")
    task = FunctionTask(stack, "Task", function=worker, refused=failed, failed=failed)
    state_machine = StateMachine(
        stack,
        "Flow",
        start=task,
        tasks=[task],
        timeout=SECONDS(200),
        description="Works",
    )
    template = Template.from_stack(stack)
    template.has_resource_properties("AWS::SQS::Queue", {"VisibilityTimeout": 6 * 40})
    template.has_resource_properties(
        "AWS::CloudWatch::Alarm", {"MetricName": "Duration", "Threshold": 32_000}
    )
    # Lambda rejects a time-out above the queue's visibility time-out, so the queue changes first.
    (found,) = template.find_resources("AWS::Lambda::Function").values()
    policies = template.find_resources("AWS::IAM::Policy")
    assert any(
        "'Fn::GetAtt': ['Jobs', 'Arn']" in str(policy)
        for name, policy in policies.items()
        if name in found["DependsOn"]
    )
    # Each of five attempts may take 30 seconds longer.
    assert state_machine.timeout.to_seconds() == 200 + 5 * 30


def work(stack: ServiceStack) -> None:
    Queue(stack, "Jobs").add_consumer(function(stack))


def serve(stack: ServiceStack) -> None:
    RestApi(stack, "Api").add_route("GET /work", function(stack), responses={200: None})


@pytest.mark.parametrize(
    ("make", "team", "message"),
    [
        (
            work,
            "functions.Work.additional_timeout_seconds = 900",
            r"environments\.prod\.functions\.Work: a time-out of 910 s, Lambda takes 900 s at most",
        ),
        (
            work,
            "functions.Work.reserved_concurrency = 4",
            "reserved_concurrency is 4, and max_concurrency of Jobs is 10",
        ),
        (
            work,
            "queues.Jobs.retention_days = 12\ndead_letter_queues.'*'.retention_days = 9",
            "keeps messages 12 days, its dead-letter queue 9",
        ),
        (
            serve,
            "functions.Work.additional_timeout_seconds = 30",
            r"at most 28 s, not 40 s: .* environments\.prod\.api_integration_timeout_seconds",
        ),
        (
            one_of_each,
            'schedules.Daily.time_zone = "Sao Paulo"',
            "'Sao Paulo' is no time zone such as ",
        ),
        (one_of_each, 'schedules.Daily.expression = "daily"', "'daily' is no cron"),
        (one_of_each, "state_machines.Flow.timeout_seconds = 10", "the tasks may take 139 s"),
        (one_of_each, "buckets.Files.expire_after_days = 9", "kept for more than 9 days"),
    ],
)
def test_contradictory_keys_are_rejected_in_one_line(
    make_stack: MakeStack, configured: Configured, make: Make, team: str, message: str
) -> None:
    stack, _ = make_stack("prod", configured(f"[environments.prod]\n{team}"))
    with pytest.raises(ArgumentError, match=message) as error:
        make(stack)
    assert "\n" not in str(error.value)


def test_a_reserved_concurrency_of_zero_stops_a_function(
    make_stack: MakeStack, configured: Configured
) -> None:
    team = "[environments.prod]\nfunctions.Work.reserved_concurrency = 0"
    stack, _ = make_stack("prod", configured(team))
    work(stack)
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::Function", {"ReservedConcurrentExecutions": 0}
    )


def test_the_integration_time_out_can_be_raised(
    make_stack: MakeStack, configured: Configured
) -> None:
    team = """
    [environments.prod]
    api_integration_timeout_seconds = 60
    functions.Work.additional_timeout_seconds = 30
    """
    stack, _ = make_stack("prod", configured(team))
    serve(stack)
    methods = Template.from_stack(stack).find_resources("AWS::ApiGateway::Method").values()
    waits = {method["Properties"]["Integration"].get("TimeoutInMillis") for method in methods}
    assert waits == {60_000}


def test_the_web_acl_has_the_configured_rules_and_limit(
    make_stack: MakeStack, configured: Configured
) -> None:
    team = """
    [environments.prod]
    waf_requests_per_address = 777
    waf_managed_rule_groups = ["AWSManagedRulesSQLiRuleSet"]
    """
    stack, _ = make_stack("prod", configured(team))
    serve(stack)
    (acl,) = Template.from_stack(stack).find_resources("AWS::WAFv2::WebACL").values()
    limit, *managed = [rule["Statement"] for rule in acl["Properties"]["Rules"]]
    assert limit["RateBasedStatement"]["Limit"] == 777
    names = [rule["ManagedRuleGroupStatement"]["Name"] for rule in managed]
    assert names == ["AWSManagedRulesSQLiRuleSet"]


def test_a_key_for_an_unknown_construct_is_rejected(
    make_stack: MakeStack, configured: Configured
) -> None:
    """https://github.com/aws/chalice/issues/1113: such a time-out had no effect."""
    config = configured('[environments."*".functions.Wrok]\nmemory_mb = 512')
    services = []
    for name in ("dev", "prod"):
        stack, service = make_stack(name, config)
        function(stack, construct_id="Work" if name == "dev" else "Other")
        services.append(service)
    message = (
        r"team\.toml: environments\.dev\.functions\.Wrok: no construct has this id; there are: "
        "Other, Work$"
    )
    with pytest.raises(ConfigError, match=message):
        app.refuse_unknown_ids(services)


def test_a_key_for_a_construct_of_another_environment_is_accepted(
    make_stack: MakeStack, configured: Configured
) -> None:
    config = configured('[environments."*".functions.Work]\nmemory_mb = 512')
    made = [make_stack(name, config) for name in ("dev", "prod")]
    function(made[1][0])
    app.refuse_unknown_ids([service for _, service in made])


def test_every_threshold_is_used_by_an_alarm(make_stack: MakeStack, configured: Configured) -> None:
    keys = [name for name in AlarmThresholds.model_fields if not name.startswith("slo_")]
    values = {name: number for number, name in enumerate(keys, start=21)}
    team = "\n".join(f"{name} = {number}" for name, number in values.items())
    stack, _ = make_stack("prod", configured(f"[environments.prod.alarms]\n{team}"))
    one_of_each(stack)
    add_route(stack)
    Queue(stack, "Plain")
    Table(stack, "Records", partition_key="pk", sort_key="sk")
    Topic(stack, "News")
    alarms = Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    found = {alarm["Properties"]["Threshold"] for alarm in alarms}
    found |= {alarm["Properties"]["EvaluationPeriods"] for alarm in alarms}
    share = values.pop("function_latency_percent_of_timeout")
    values["stream_age_seconds"] *= 1000  # Lambda measures it in milliseconds
    assert {*values.values(), 10_000 * share // 100} <= found


def add_route(stack: ServiceStack) -> None:
    RestApi(stack, "Api").add_route("GET /work", function(stack, "Answer"), responses={200: None})


def test_a_canary_has_a_predefined_or_a_custom_configuration(
    make_stack: MakeStack, configured: Configured
) -> None:
    team = "[environments.prod]\ncanary_percent = 25\ncanary_minutes = 20"
    stack, _ = make_stack("prod", configured(team))
    function(stack)
    function(stack, "Other")
    (routing,) = (
        Template.from_stack(stack).find_resources("AWS::CodeDeploy::DeploymentConfig").values()
    )
    assert routing["Properties"]["TrafficRoutingConfig"]["TimeBasedCanary"] == {
        "CanaryInterval": 20,
        "CanaryPercentage": 25,
    }


def test_an_environment_can_have_a_separate_budget(
    make_stack: MakeStack, configured: Configured
) -> None:
    team = """
    [finops]
    budget_alert_percent = [50]
    forecast_alert_percent = []
    anomaly_percent_of_budget = 20
    [environments.prod.finops]
    monthly_budget_usd = 1000
    """
    config = configured(team)
    stack, _ = make_stack("prod", config)
    CostBudget(stack, "Budget")
    CostAnomalies(stack, "Anomalies")
    template = Template.from_stack(stack)
    (budget,) = template.find_resources("AWS::Budgets::Budget").values()
    assert budget["Properties"]["Budget"]["BudgetLimit"]["Amount"] == 1000
    (alert,) = budget["Properties"]["NotificationsWithSubscribers"]
    assert (alert["Notification"]["NotificationType"], alert["Notification"]["Threshold"]) == (
        "ACTUAL",
        50,
    )
    (anomalies,) = template.find_resources("AWS::CE::AnomalySubscription").values()
    assert '"Values": ["200"]' in anomalies["Properties"]["ThresholdExpression"]
    assert config.of(config.environments["dev"]).finops.monthly_budget_usd == 100
