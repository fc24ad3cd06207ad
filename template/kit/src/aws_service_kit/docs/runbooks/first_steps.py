"""The first step when an alarm is raised, by the metric that the alarm watches."""

FIRST_STEPS = {
    "5XXError": (
        "Find the failed requests in the API's access log. Show the log lines of one of them with "
        "the saved query `one request` (stack monitoring). If the errors began with a deployment, "
        "roll it back."
    ),
    "ApproximateAgeOfOldestMessage": (
        "Check whether the consumers fail, are throttled or are slow. If there are only too few "
        "consumers, raise `max_concurrency` as far as their dependencies allow."
    ),
    "Duration": "Find the slow dependency: compare the traces with those of an hour ago.",
    "Errors": (
        "Find the exception with the saved query `errors by operation and code` (stack monitoring) "
        "or in the function's log group."
    ),
    "ExecutionThrottled": "Compare starts and transitions per second with the account's quotas.",
    "ExecutionsFailed": "Open a failed execution: its last event names the state and the error.",
    "ExecutionsTimedOut": "Open such an execution: its last event names the slow state.",
    "IteratorAge": (
        "Check whether the function fails for a change: its log has the change's id, and later "
        "changes of the same shard wait. If the function is only slow, raise `parallel_batches` or "
        "`batch_size`. DynamoDB deletes a change after a day."
    ),
    "Latency": "Find the slow route in the API's access log, then its function's duration.",
    "NumberOfNotificationsFailed": (
        "Read the messages of the subscription's dead-letter queue: each of them has the reason."
    ),
    "ReadThrottleEvents": "Find the most read partition key. Distribute or cache the reads.",
    "ServiceFault": (
        "Find the operation and the error code with the saved query `errors by operation and code` "
        "(stack monitoring) or in the function's log group."
    ),
    "SystemErrors": "Check the AWS Health Dashboard. The SDK retries the calls.",
    "Throttles": (
        "Compare the account's concurrency with its quota, and the function's concurrency with its "
        "reserved concurrency."
    ),
    "WriteThrottleEvents": "Find the most written partition key. Distribute the writes.",
}
