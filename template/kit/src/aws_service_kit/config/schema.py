"""What a service can configure, and the profile that each environment starts from."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, StringConstraints

from aws_service_kit.config.runtimes import RuntimeName

GUIDELINE_VERSION = "1.0"

EnvironmentName = Literal["dev", "staging", "prod"]
ENVIRONMENT_NAMES: tuple[EnvironmentName, ...] = get_args(EnvironmentName)

# What CloudWatch Logs accepts.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LogRetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
]  # fmt: skip

# Named after the pull request's number.
PreviewName = Annotated[str, StringConstraints(pattern=r"^pr-[1-9][0-9]{0,5}$")]

NOT_CHOSEN = "000000000000"

Text = Annotated[str, StringConstraints(min_length=1)]
AccountId = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
Origin = Annotated[str, StringConstraints(pattern=r"^https?://[^/*,\s]+$")]
# A token: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2, without the apostrophe, which ends
# a value in API Gateway.
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&*+.^_`|~-]+$")]
MonitorArn = Annotated[
    str, StringConstraints(pattern=r"^arn:aws:ce::[0-9]{12}:anomalymonitor/[0-9a-f-]+$")
]
# What every AWS service takes as a tag's value.
# https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html
TagValue = Annotated[
    str,
    StringConstraints(
        pattern=r"^[A-Za-z0-9_.:/=+@-]([A-Za-z0-9 _.:/=+@-]*[A-Za-z0-9_.:/=+@-])?$", max_length=256
    ),
]

# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
StackName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z][-a-zA-Z0-9]*$", max_length=128)]

# Below 95 %, what an alarm holds against an objective would be more than all requests.
ObjectivePercent = Annotated[float, Field(ge=95, lt=100)]


class Model(BaseModel):
    """A part of the configuration: immutable, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ServiceSection(Model):
    """Who the service is and who answers for it; e-mail addresses receive alarms and budgets."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=32)]
    description: Text
    organisation: Text
    owner: TagValue
    cost_center: TagValue
    contact_email: Text
    alarm_email: Text


class ApiSection(Model):
    """What the API takes.

    Attributes:
        authentication: How callers prove who they are.
        max_body_kb: Largest body of a request, in units of 1,024 bytes. Functions refuse more, and
            the firewall inspects as much; it can't inspect more than 64.
    """

    authentication: Literal["iam", "cognito"]
    max_body_kb: Annotated[int, Field(ge=1, le=64)] = 64


class LambdaSection(Model):
    """What all functions run on."""

    runtime: RuntimeName
    architecture: Literal["arm64", "x86_64"]


class FinopsSection(Model):
    """What the service may cost."""

    monthly_budget_usd: PositiveInt


class RecordsSection(Model):
    """The items that the service's tables hold about people (kit/guides/personal-data.md).

    Attributes:
        retention_days: How long an item is kept after it is made; None keeps it until it is erased.
            More than a day, so that the report on the day before finds all of it.
        subject_attributes: Attributes that hold the CPF of the person whom an item is about.
    """

    retention_days: Annotated[int, Field(ge=2)] | None = None
    subject_attributes: Annotated[tuple[Text, ...], Field(strict=False, min_length=1)] = (
        "document",
    )


class AlarmThresholds(Model):
    """Where alarms begin; a function's latency is held against its own time-out.

    The service level objectives (slo) are for a month: how many of all requests don't fail, and how
    many are answered in time.
    """

    function_errors_per_minute: PositiveInt = 1
    api_server_errors_per_minute: PositiveInt = 1
    api_latency_p95_ms: PositiveInt = 3000
    queue_age_seconds: PositiveInt = 900
    slo_availability_percent: ObjectivePercent = 99.9
    slo_latency_percent: ObjectivePercent = 99.0
    slo_latency_ms: PositiveInt = 3000


class EnvironmentConfig(Model):
    """One environment.

    Attributes:
        account: AWS account id; `000000000000` means not chosen yet.
        log_retention_days: How long every log group keeps its lines.
        removal: What becomes of stateful resources when they leave the template.
        encryption: Whose key encrypts data at rest: AWS's (`aws`) or one that the account owns
            (`customer`). `prepare` makes the key and grants its use, but nothing is encrypted with
            it yet: the deployment before `customer` (kit/guides/encryption.md).
        deletion_protection: Tables and user pools refuse to be deleted.
        termination_protection: Stacks refuse to be deleted.
        point_in_time_recovery: Tables can be restored to any second of the last 35 days.
        canary: New code takes 10 % of the traffic for 5 minutes, and alarms roll it back.
        waf: A web application firewall stands before the API.
        api_rate_per_second: Steady requests per second, for the whole API. The firewall lets a
            single address send as many.
        api_burst: Requests that may come at once.
        cors_allow_origins: Origins whose browsers may call the API; none switches CORS off.
        cors_allow_headers: Headers that those browsers may send, beside those that the routes
            declare and those of AWS's clients that sign.
        permissions_boundary: Name of the managed policy that bounds every role, if any.
        cost_monitor_arn: The account's own monitor of costs, where it can't have one by tag.
        alarms: Thresholds of the alarms.
        stack_names: Domain to the name under which its stack was deployed before the template.
        named_stacks: Domains whose event bus and workflow logs are named after the service and the
            environment; `*` is every stack. Others keep the names that the CDK made up, which two
            services of an account can't both have (kit/guides/rename-a-bus.md).
    """

    name: EnvironmentName | Literal["local"] | PreviewName
    account: AccountId
    region: Region
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"]
    log_retention_days: LogRetentionDays
    removal: Literal["retain", "destroy"]
    encryption: Literal["aws", "prepare", "customer"] = "aws"
    deletion_protection: bool
    termination_protection: bool
    point_in_time_recovery: bool
    canary: bool
    waf: bool
    api_rate_per_second: PositiveInt
    api_burst: PositiveInt
    cors_allow_origins: Annotated[tuple[Origin, ...], Field(strict=False)] = ()
    cors_allow_headers: Annotated[tuple[HeaderName, ...], Field(strict=False)] = ()
    permissions_boundary: Text | None = None
    cost_monitor_arn: MonitorArn | None = None
    alarms: AlarmThresholds = AlarmThresholds()
    stack_names: Mapping[str, StackName] = {}
    named_stacks: Annotated[tuple[Text, ...], Field(strict=False)] = ("*",)


class PreviewsSection(Model):
    """Where pull requests are tried out, each by an environment of its own that ends.

    Attributes:
        account: AWS account id; `000000000000` means that there are no previews.
        region: The AWS region; dev's by default.
        days: How long a preview lives after its last deployment.
        leave_out: Stacks that no preview gets, by their modules' names, such as `vpc`.
    """

    account: AccountId = NOT_CHOSEN
    region: Region | None = None
    days: PositiveInt = 7
    leave_out: Annotated[tuple[str, ...], Field(strict=False)] = ()


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


# The guideline's defaults; answers.toml and team.toml override any of them.
PROFILES: Mapping[EnvironmentName, Mapping[str, Any]] = {
    "dev": {
        "log_level": "DEBUG",
        "log_retention_days": 7,
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
        "log_retention_days": 30,
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
        "log_retention_days": 365,
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
