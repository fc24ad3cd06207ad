"""Saved queries for the service's logs (CloudWatch Logs Insights)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_logs as logs
from constructs import Construct

from aws_service_kit.constructs.deployed_at import deployed_at
from aws_service_kit.constructs.environment import ServiceEnvironment

if TYPE_CHECKING:
    from typing import Unpack

    from aws_service_kit.constructs.environment import Former

# Maximum number of log groups of a query.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
LOG_GROUPS_OF_A_QUERY = 50

CORRELATION_ID = logs.CfnQueryDefinition.QueryParameterProperty(
    name="correlation_id", description="As in the answer's header X-Correlation-Id and in the logs."
)

# Queries use keys of the runtime (aws_service_kit.runtime.logging, invocation) and of Lambda's
# lines.
# https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report
QUERIES = {
    "errors by operation and code": """\
filter level = "ERROR" or ispresent(errorType)
| fields coalesce(operation, @log) as where, coalesce(error_code, errorType) as code
| stats count(*) as errors, latest(@timestamp) as last by where, code
| sort errors desc
""",
    "cold starts": """\
filter type = "platform.report"
| stats count(*) as invocations, count(record.metrics.initDurationMs) as cold_starts,
  100 * cold_starts / invocations as cold_percent,
  avg(record.metrics.initDurationMs) as init_ms,
  pct(record.metrics.initDurationMs, 95) as init_ms_p95
  by @log
| sort cold_starts desc
""",
    "cost in GB-seconds": """\
filter type = "platform.report"
| stats count(*) as invocations,
  sum(record.metrics.billedDurationMs * record.metrics.memorySizeMB) / 1024000 as gb_seconds
  by @log
| sort gb_seconds desc
""",
    "one request": """\
filter correlation_id = "{{correlation_id}}"
| fields @timestamp, level, operation, message, error_code, @log
| sort @timestamp asc
""",
}


class SavedQueries(Construct):
    """Saved queries over the logs of all functions, in a folder of the CloudWatch console.

    They help to find the causes of errors. A metric filter for each function would cost a metric
    and an alarm a month, and add nothing: the functions' alarms already count errors and faults.

    Example:
        ```python
        SavedQueries(stack, "SavedQueries")
        ```
    """

    def __init__(self, scope: Construct, construct_id: str, **former: Unpack[Former]) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
        groups = [group.log_group_name for group in environment.log_groups]
        # The console runs a query without log groups on those of the previous query.
        if not groups:
            return
        for first in range(0, len(groups), LOG_GROUPS_OF_A_QUERY):
            # The first part keeps the name that a query has in a service with fewer functions.
            part = str(first // LOG_GROUPS_OF_A_QUERY + 1) if first else ""
            for title, query in QUERIES.items():
                logs.CfnQueryDefinition(
                    self,
                    f"{title.title().replace(' ', '')}{part}",
                    name=f"{environment.name}/{environment.settings.name}/{title} {part}".rstrip(),
                    log_group_names=groups[first : first + LOG_GROUPS_OF_A_QUERY],
                    query_string=f"{query}# Deployed: {deployed_at(self)}\n",
                    parameters=[CORRELATION_ID] if "{{correlation_id}}" in query else None,
                )
