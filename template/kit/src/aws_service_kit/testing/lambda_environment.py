"""The environment variables that Lambda sets for a function in Python, with JSON logs.

Source: AWS Lambda, "Defined runtime environment variables" and "Configuring advanced logging
controls for Lambda functions"; `_X_AMZN_TRACE_ID` is set for each invocation.
"""

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "ASIATESTING",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
}
FUNCTION = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    "AWS_LAMBDA_FUNCTION_NAME": "function",
    "AWS_LAMBDA_FUNCTION_VERSION": "1",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_LAMBDA_LOG_FORMAT": "JSON",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/function",
    "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/24/[1]0a5ee1f02b694d8f9c4e0d2f4c7b8a91",
    "AWS_LAMBDA_METADATA_API": "127.0.0.1:9002",
    "AWS_LAMBDA_METADATA_TOKEN": "testing",
    "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
    "AWS_REGION": "us-east-1",
    "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
    "AWS_XRAY_DAEMON_ADDRESS": "169.254.79.129:2000",
    "_AWS_XRAY_DAEMON_ADDRESS": "169.254.79.129",
    "_AWS_XRAY_DAEMON_PORT": "2000",
    "_HANDLER": "service.handlers.health.handler",
}
SYSTEM = {
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LANG": "en_US.UTF-8",
    "LD_LIBRARY_PATH": "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/task:/opt/lib",
    "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    "PYTHONPATH": "/var/runtime",
    "SHLVL": "0",
    "TZ": ":UTC",
}


def lambda_environment(log_level: str) -> dict[str, str]:
    """Return the environment variables.

    Args:
        log_level: The function's `ApplicationLogLevel`.
    """
    return {**CREDENTIALS, **FUNCTION, **SYSTEM, "AWS_LAMBDA_LOG_LEVEL": log_level}
