"""The configuration's schema, and the profile of each environment with the default values."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Never, Self, get_args

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from aws_service_kit.config.connections import ApiDomain, ExistingUserPool, ExistingVpc
from aws_service_kit.config.errors import ConfigError
from aws_service_kit.config.model import (
    Days,
    Dollars,
    Kilobytes,
    Messages,
    Milliseconds,
    Minutes,
    Model,
    Percent,
    PerMinute,
    PerSecond,
    Requests,
    Seconds,
    Text,
)
from aws_service_kit.config.resources import ResourceTables
from aws_service_kit.config.runtimes import RuntimeName
from aws_service_kit.controls.organisation import ORGANISATION

GUIDELINE_VERSION = "1.0"

EnvironmentName = Literal["dev", "staging", "prod"]
ENVIRONMENT_NAMES: tuple[EnvironmentName, ...] = get_args(EnvironmentName)

# Retentions that CloudWatch Logs accepts, in days.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LogRetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
]  # fmt: skip

# Name of a preview, with the pull request's number.
PreviewName = Annotated[str, StringConstraints(pattern=r"^pr-[1-9][0-9]{0,5}$")]

NOT_CHOSEN = "000000000000"

AccountId = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
Origin = Annotated[str, StringConstraints(pattern=r"^https?://[^/*,\s]+$")]
# A token: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2, without the apostrophe, which ends
# a value in API Gateway.
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&*+.^_`|~-]+$")]
MonitorArn = Annotated[
    str, StringConstraints(pattern=r"^arn:aws:ce::[0-9]{12}:anomalymonitor/[0-9a-f-]+$")
]
# Tag values that every AWS service accepts.
# https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html
TagValue = Annotated[
    str,
    StringConstraints(
        pattern=r"^[A-Za-z0-9_.:/=+@-]([A-Za-z0-9 _.:/=+@-]*[A-Za-z0-9_.:/=+@-])?$", max_length=256
    ),
]

TagKey = Annotated[
    str,
    StringConstraints(
        pattern=r"^[A-Za-z0-9_.:/=+@-]([A-Za-z0-9 _.:/=+@-]*[A-Za-z0-9_.:/=+@-])?$", max_length=128
    ),
]

# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
StackName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z][-a-zA-Z0-9]*$", max_length=128)]

# Below 95 %, the burn-rate alarm's threshold would be above 100 % of requests.
ObjectivePercent = Annotated[float, Field(ge=95, lt=100, json_schema_extra={"unit": "%"})]
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
MANAGED_RULE_GROUPS = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
)


RecordDays = Annotated[Days, Field(ge=2)]


class Values(dict[str, Any]):
    """The team's values for an environment.

    Raises:
        ConfigError: The table has no such key.
    """

    def __init__(self, values: Mapping[str, Any], environment: str) -> None:
        super().__init__(values)
        self._environment = environment

    def __missing__(self, key: str) -> Never:
        known = ", ".join(sorted(self)) or "none"
        raise ConfigError(
            f"infrastructure/config/team.toml: environments.{self._environment}.values.{key}: the "
            f"key is missing; there are: {known}"
        )


def _scalar(value: object) -> object:
    if not isinstance(value, str | int | float):
        raise ValueError("Input should be a text, a number, true or false")  # noqa: TRY004 (pydantic)
    return value


class ServiceSection(Model):
    """The service and its owner."""

    name: Annotated[
        str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=32)
    ] = Field(description="First part of the names of stacks and resources.")
    description: Text = Field(description="Description of the API and title of the documents.")
    organisation: Text = Field(description="First part of the namespace of the service's metrics.")
    owner: TagValue = Field(description="The team that owns it, as a tag of every resource.")
    cost_center: TagValue = Field(
        description="The cost center that pays, as a tag of every resource."
    )
    contact_email: Text = Field(description="Receives the service's notifications.")
    alarm_email: Text = Field(description="Receives alarms and the budget's alerts.")
    tags: Mapping[TagKey, TagValue] = Field(
        default={}, description="Tags of every resource, in addition to the organisation's."
    )


class ApiSection(Model):
    """The API."""

    authentication: Literal["iam", "cognito"] = Field(description="How callers authenticate.")
    max_body_kb: Annotated[Kilobytes, Field(le=64)] = Field(
        default=64,
        description="Functions reject a larger body with 413. The firewall inspects bodies up to "
        "this size. 64 at most.",
    )


class LambdaSection(Model):
    """The runtime of all functions."""

    runtime: RuntimeName = Field(description="Lambda's Python.")
    architecture: Literal["arm64", "x86_64"] = Field(description="Lambda's processor.")


class FinopsSection(Model):
    """Budget and alerts on costs, for each environment."""

    monthly_budget_usd: Dollars = Field(description="The budget that alerts refer to.")
    budget_alert_percent: Annotated[tuple[Percent, ...], Field(strict=False, min_length=1)] = Field(
        default=(80, 100),
        description="An e-mail is sent when the costs exceed this share of the budget.",
        json_schema_extra={"unit": "%"},
    )
    forecast_alert_percent: Annotated[tuple[Percent, ...], Field(strict=False)] = Field(
        default=(100,),
        description="An e-mail is sent when AWS expects this share of the budget by the month's "
        "end.",
        json_schema_extra={"unit": "%"},
    )
    anomaly_percent_of_budget: Percent = Field(
        default=10,
        description="An unusual cost is reported if it is at least this share of the budget, and "
        "at least 1 US dollar.",
    )


class RecordsSection(Model):
    """Items about people in the service's tables (kit/guides/personal-data.md)."""

    # The report on the day before must find all of its items.
    retention_days: RecordDays | None = Field(
        default=None,
        description="DynamoDB deletes an item at this age; without it, items are kept until their "
        "erasure.",
    )
    subject_attributes: Annotated[tuple[Text, ...], Field(strict=False, min_length=1)] = Field(
        default=("document",),
        description="Attributes with the CPF of the person that an item is about.",
    )


class EnvironmentFinops(Model):
    """Costs of the service in one environment."""

    monthly_budget_usd: Dollars | None = Field(
        default=None, description="This environment's budget, instead of `finops`'."
    )


class EnvironmentRecords(Model):
    """Items about people in one environment."""

    retention_days: RecordDays | None = Field(
        default=None, description="This environment's retention, instead of `records`'."
    )


class AlarmThresholds(Model):
    """Thresholds of alarms: an alarm starts when its metric reaches one.

    The service level objectives (`slo_…`) are shares of a month's requests: those that don't fail,
    and those with a response in time.
    """

    function_errors_per_minute: PerMinute = Field(
        default=1, description="Errors of a function's invocations, or its responses with 500."
    )
    function_throttles_per_minute: PerMinute = Field(
        default=1, description="Throttled invocations of a function."
    )
    function_latency_percent_of_timeout: Percent = Field(
        default=80, description="A function's duration at p95, as a share of its time-out."
    )
    function_latency_minutes: Minutes = Field(
        default=3, description="Minutes in a row for which a function must be slow."
    )
    api_server_errors_per_minute: PerMinute = Field(
        default=1, description="Responses of the API with 5xx."
    )
    api_latency_p95_ms: Milliseconds = Field(default=3000, description="The API's latency at p95.")
    api_latency_minutes: Minutes = Field(
        default=5, description="Minutes in a row for which the API must be slow."
    )
    queue_age_seconds: Seconds = Field(default=900, description="Age of a queue's oldest message.")
    stream_age_seconds: Seconds = Field(
        default=900, description="Age of the oldest change of a table's stream."
    )
    dead_letter_messages: Messages = Field(
        default=1, description="Messages in a dead-letter queue."
    )
    undelivered_notifications_per_minute: PerMinute = Field(
        default=1, description="Notifications that a topic couldn't deliver."
    )
    table_throttles_per_minute: PerMinute = Field(
        default=1, description="Throttled reads, or writes, of a table."
    )
    table_system_errors_per_minute: PerMinute = Field(
        default=1, description="Errors of DynamoDB itself."
    )
    failed_executions_per_minute: PerMinute = Field(
        default=1,
        description="Executions of a state machine that fail, that time out, or that are "
        "throttled: each has an alarm.",
    )
    slo_availability_percent: ObjectivePercent = Field(
        default=99.9, description="Objective: requests that don't fail by 5xx."
    )
    slo_latency_percent: ObjectivePercent = Field(
        default=99.0, description="Objective: requests with a response within `slo_latency_ms`."
    )
    slo_latency_ms: Milliseconds = Field(
        default=3000, description="Objective: maximum latency of a request."
    )


class EnvironmentConfig(ResourceTables):
    """An environment."""

    name: EnvironmentName | Literal["local"] | PreviewName = Field(
        description="The table's name.", json_schema_extra={"derived": True}
    )
    account: AccountId = Field(description="AWS account; `000000000000` if none is chosen yet.")
    region: Region = Field(description="AWS region.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        description="Lowest level of the lines that functions log."
    )
    log_retention_days: LogRetentionDays = Field(
        description="CloudWatch deletes a log line at this age.",
        json_schema_extra={"unit": "days"},
    )
    removal: Literal["retain", "destroy"] = Field(
        description="Stateful resources that are removed from the template are retained or "
        "destroyed."
    )
    encryption: Literal["aws", "prepare", "customer"] = Field(
        default="aws",
        description="The key that encrypts data at rest: AWS's, or one of the account "
        "(`customer`). `prepare` is the deployment before `customer`: it creates the key and "
        "grants its use (kit/guides/encryption.md).",
    )
    deletion_protection: bool = Field(
        description="AWS rejects the deletion of tables and user pools."
    )
    termination_protection: bool = Field(
        description="CloudFormation rejects the deletion of stacks."
    )
    point_in_time_recovery: bool = Field(
        description="Tables can be restored to any second of the last 35 days."
    )
    canary: bool = Field(
        description="New code gets a part of the traffic first, and an alarm rolls it back."
    )
    canary_percent: Annotated[Percent, Field(le=99)] = Field(
        default=10, description="Share of the traffic that new code gets first."
    )
    canary_minutes: Annotated[Minutes, Field(le=2880)] = Field(
        default=5, description="After this time new code gets all of the traffic."
    )
    waf: bool = Field(description="A web application firewall (AWS WAF) protects the API.")
    waf_requests_per_address: Annotated[Requests, Field(ge=10)] | None = Field(
        default=None,
        description="The firewall blocks an address that sends more in five minutes; by default "
        "300 times `api_rate_per_second` plus `api_burst`.",
    )
    waf_managed_rule_groups: Annotated[tuple[Text, ...], Field(strict=False)] = Field(
        default=MANAGED_RULE_GROUPS,
        description="AWS's groups of rules that the firewall applies, in this order.",
    )
    api_rate_per_second: PerSecond = Field(
        description="API Gateway responds with 429 above this steady rate, for all callers "
        "together."
    )
    api_burst: Requests = Field(
        description="Requests at once that API Gateway accepts above the steady rate."
    )
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
    api_integration_timeout_seconds: Annotated[Seconds, Field(ge=2, le=300)] = Field(
        default=29,
        description="API Gateway responds with 504 after this time. A function behind the API must "
        "be at least a second faster. 29 s is a quota of the account, which AWS raises on request "
        "for regional and private REST APIs, up to 300 s. In return, AWS may lower the account's "
        "requests per second. Deploy a higher value after the quota is raised.",
    )
    cors_allow_origins: Annotated[tuple[Origin, ...], Field(strict=False)] = Field(
        default=(),
        description="Origins from which browsers may call the API; empty without CORS.",
    )
    cors_allow_headers: Annotated[tuple[HeaderName, ...], Field(strict=False)] = Field(
        default=(),
        description="Headers that those browsers may send, in addition to those that routes "
        "declare and those of AWS's clients that sign.",
    )
    permissions_boundary: Text | None = Field(
        default=None, description="Name of the managed policy that limits every role."
    )
    cost_monitor_arn: MonitorArn | None = Field(
        default=None,
        description="The account's monitor of cost anomalies, if a monitor by tag isn't possible "
        "(kit/guides/first-deployment.md).",
    )
    finops: EnvironmentFinops = EnvironmentFinops()
    records: EnvironmentRecords = EnvironmentRecords()
    alarms: AlarmThresholds = AlarmThresholds()
    stack_names: Mapping[str, StackName] = Field(
        default={},
        description="Names of stacks that were deployed before the service used the template, by "
        "domain.",
    )
    named_stacks: Annotated[tuple[Text, ...], Field(strict=False)] = Field(
        default=("*",),
        description="Domains whose event bus and workflow logs are named after service and "
        "environment; `*` is every stack. Others keep the names that the CDK generated, which two "
        "services of an account can't both have (kit/guides/rename-a-bus.md).",
    )
    domain: ApiDomain | None = None
    vpc: ExistingVpc | None = None
    user_pool: ExistingUserPool | None = None
    values: dict[str, Annotated[Any, AfterValidator(_scalar)]] = Field(
        default={},
        validate_default=True,
        description="Keys that the team defines, such as another team's topic; a stack reads "
        '`environment.settings.values["orders_topic_arn"]`.',
    )

    @field_validator("values", mode="after")
    @classmethod
    def _with_clear_errors(cls, values: dict[str, Any], info: ValidationInfo) -> Values:
        return Values(values, info.data.get("name", "X"))


class PreviewsSection(Model):
    """Previews: a temporary environment for each pull request (kit/guides/previews.md)."""

    account: AccountId = Field(
        default=NOT_CHOSEN, description="AWS account; `000000000000` if there are no previews."
    )
    region: Region | None = Field(default=None, description="AWS region; dev's by default.")
    days: Days = Field(
        default=7, description="A preview is removed this time after its deployment."
    )
    leave_out: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        default=(), description="Stacks that previews don't have, by their modules' names."
    )


class ServiceConfig(Model):
    """The whole configuration of a service."""

    service: ServiceSection
    api: ApiSection
    lambda_: LambdaSection = Field(alias="lambda")
    finops: FinopsSection
    previews: PreviewsSection = PreviewsSection()
    records: RecordsSection = RecordsSection()
    environments: dict[EnvironmentName, EnvironmentConfig]

    @property
    def previews_region(self) -> str:
        """The AWS region of the previews."""
        return self.previews.region or self.environments["dev"].region

    def of(self, environment: EnvironmentConfig) -> Self:
        """Return the configuration for an environment.

        An environment's keys of `finops` and `records` override the service's.
        """
        return self.model_copy(
            update={
                name: section.model_copy(update=keys.model_dump(exclude_unset=True))
                for name, section, keys in (
                    ("finops", self.finops, environment.finops),
                    ("records", self.records, environment.records),
                )
            }
        )


# Defaults of the guideline and of the organisation (controls/organisation.toml). answers.toml and
# team.toml override them.
PROFILES: Mapping[EnvironmentName, Mapping[str, Any]] = {
    "dev": {
        "log_level": "DEBUG",
        "log_retention_days": ORGANISATION.log_retention_days["dev"],
        "removal": "destroy",
        "deletion_protection": False,
        "termination_protection": False,
        "point_in_time_recovery": True,
        "canary": False,
        "waf": False,
        "api_rate_per_second": 10,
        "api_burst": 20,
    },
    "staging": {
        "log_level": "INFO",
        "log_retention_days": ORGANISATION.log_retention_days["staging"],
        "removal": "destroy",
        "deletion_protection": False,
        "termination_protection": False,
        "point_in_time_recovery": True,
        "canary": False,
        "waf": False,
        "api_rate_per_second": 50,
        "api_burst": 100,
    },
    "prod": {
        "log_level": "INFO",
        "log_retention_days": ORGANISATION.log_retention_days["prod"],
        "removal": "retain",
        "deletion_protection": True,
        "termination_protection": True,
        "point_in_time_recovery": True,
        "canary": True,
        "waf": True,
        "api_rate_per_second": 100,
        "api_burst": 200,
    },
}
