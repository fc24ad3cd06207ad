"""What to do first when an alarm is raised, by the metric that it watches."""

FIRST_STEPS = {
    "5XXError": (
        "Find the failed requests in the API's access log, and one of them by the saved query "
        "`one request` (stack monitoring). If it began with a deployment, undo that."
    ),
    "ApproximateAgeOfOldestMessage": (
        "See whether the consumers fail, are throttled or are slow. If they are only too few, "
        "raise `max_concurrency` as far as what they call allows."
    ),
    "Duration": "See which dependency is slow: compare the traces with those of an hour ago.",
    "Errors": (
        "Find the exception by the saved query `errors by operation and code` (stack monitoring) "
        "or in the function's log group."
    ),
    "ExecutionThrottled": "Compare the starts and transitions a second with the account's quotas.",
    "ExecutionsFailed": "Open a failed execution: its last event names the state and the error.",
    "ExecutionsTimedOut": "Open such an execution: its last event names the state that took long.",
    "IteratorAge": (
        "See whether a change fails: the function's log names it, and later changes of its shard "
        "wait. If the function is only slow, raise `parallel_batches` or `batch_size`. DynamoDB "
        "deletes a change after a day."
    ),
    "Latency": "Find the slow route in the API's access log, then its function's duration.",
    "NumberOfNotificationsFailed": (
        "Read the dead-letter queue of the subscription: each message names the reason."
    ),
    "ReadThrottleEvents": "Find the partition key that is read most; spread or cache the reads.",
    "ServiceFault": (
        "Find the operation and the error code by the saved query `errors by operation and code` "
        "(stack monitoring) or in the function's log group."
    ),
    "SystemErrors": "Look at the AWS Health Dashboard; the calls are retried.",
    "Throttles": (
        "Compare the account's concurrency with its quota, and the function's with what is "
        "reserved for it."
    ),
    "WriteThrottleEvents": "Find the partition key that is written most; spread the writes.",
}
