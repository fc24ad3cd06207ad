"""Questions to the logs that every service is asked (CloudWatch Logs Insights)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_logs as logs
from constructs import Construct

from aws_service_kit.constructs.deployed_at import deployed_at

if TYPE_CHECKING:
    from aws_service_kit.constructs.service import Service

# How many log groups a query can read.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
LOG_GROUPS_OF_A_QUERY = 50

CORRELATION_ID = logs.CfnQueryDefinition.QueryParameterProperty(
    name="correlation_id", description="As in the answer's header X-Correlation-Id and in the logs."
)

# The runtime's keys (aws_service_kit.runtime.logging, invocation) and those of Lambda's own lines.
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
    """The queries, over the logs of all functions, in a folder of the console.

    They are how errors are tracked. A metric filter for each function would cost a metric and an
    alarm a month and tell nothing new: functions' own alarms already count errors and faults.

    Args:
        service: The environment's service; `service.log_groups` is complete.
    """

    def __init__(self, scope: Construct, construct_id: str, *, service: Service) -> None:
        super().__init__(scope, construct_id)
        groups = [group.log_group_name for group in service.log_groups]
        # Without groups of its own, a query would read those that were read last.
        if not groups:
            return
        for first in range(0, len(groups), LOG_GROUPS_OF_A_QUERY):
            # The first keeps the name that it has in services with fewer functions.
            part = str(first // LOG_GROUPS_OF_A_QUERY + 1) if first else ""
            for title, query in QUERIES.items():
                logs.CfnQueryDefinition(
                    self,
                    f"{title.title().replace(' ', '')}{part}",
                    name=f"{service.name}/{service.environment.name}/{title} {part}".rstrip(),
                    log_group_names=groups[first : first + LOG_GROUPS_OF_A_QUERY],
                    query_string=f"{query}# Deployed: {deployed_at(self)}\n",
                    parameters=[CORRELATION_ID] if "{{correlation_id}}" in query else None,
                )
