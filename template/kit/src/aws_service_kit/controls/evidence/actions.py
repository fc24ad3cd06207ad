"""The permissions that SDK calls need, and permissions that no SDK call uses.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Services whose prefix in policies differs from their name in the SDK.
PREFIXES = {
    "application-autoscaling": "autoscaling",
    "cognito-idp": "cognito-idp",
    "opensearch": "es",
    "sesv2": "ses",
    "stepfunctions": "states",
}

# Calls whose action has another name.
ACTIONS = {
    "dynamodb:TransactGetItems": "dynamodb:GetItem",
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:CopyObject": "s3:PutObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:UploadPart": "s3:PutObject",
    "sns:PublishBatch": "sns:Publish",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}
# A transaction needs the permissions of each of its parts.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
PARTS_OF_A_TRANSACTION = {
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Delete": "dynamodb:DeleteItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
}

# Permissions that Lambda uses through a function's role; the function's code never calls them.
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
TRACING = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
NETWORK_INTERFACES = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
}
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
# https://docs.aws.amazon.com/lambda/latest/dg/services-ddb.html
POLLING = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
}
FAILURE_DESTINATION = {"sqs:SendMessage"}
# Other services encrypt and decrypt on behalf of their caller.
ENCRYPTION_PREFIX = "kms:"


def needed(service: str, operation: str, parameters: Mapping[str, Any]) -> set[str]:
    """Return the actions that a call needs.

    Args:
        service: The service's name in the SDK.
        operation: The call, such as `PutItem`.
        parameters: The call's parameters.
    """
    if operation == "TransactWriteItems":
        parts = {key for item in parameters.get("TransactItems", ()) for key in item}
        return {PARTS_OF_A_TRANSACTION[part] for part in parts}
    action = f"{PREFIXES.get(service, service)}:{operation}"
    return {ACTIONS.get(action, action)}
