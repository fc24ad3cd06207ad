"""AWS clients with short time-outs, created on first use, once per execution environment.

Importing this module creates no client, so any module can be imported without region, network and
credentials. A handler creates the clients that every request needs with `create_at_init`.
"""

import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config
from botocore.loaders import JSONFileLoader, Loader

from aws_service_kit.runtime import cold_start, environment_variables, failed_calls
from aws_service_kit.runtime.former_names import renamed
from aws_service_kit.runtime.response_parsers import StrictParserFactory

if TYPE_CHECKING:
    from mypy_boto3_ce import CostExplorerClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

# In a bundle: the SDK's data of the services that the code names (app/sdk_data.py).
_DATA = Path(__file__).parents[2] / "sdk_data"

Factory = Callable[[], object]

# In seconds. A call with its three attempts ends within ten seconds.
_READ_TIMEOUT = 2
_CONNECT_TIMEOUT = 1
_ATTEMPTS = 3


class _PlainFiles(JSONFileLoader):
    """Loads JSON into plain dictionaries, which take half the memory of the SDK's `OrderedDict`."""

    def load_file(self, file_path: str) -> Any:  # noqa: ANN401 (JSON)
        """Return the content of a file of the bundle, or None if the file doesn't exist."""
        path = Path(f"{file_path}.json")
        return json.loads(path.read_bytes()) if path.exists() else None


@cache
def client(
    service: str,
    *,
    read_timeout: int = _READ_TIMEOUT,
    connect_timeout: int = _CONNECT_TIMEOUT,
    attempts: int = _ATTEMPTS,
) -> Any:  # noqa: ANN401 (the SDK creates client classes at run time)
    """Return the shared client of an AWS service, e.g. `client("sns")`.

    Args:
        service: The service's name in the SDK.
        read_timeout: Seconds to wait for a response; raise it for a slow service.
        connect_timeout: Seconds to wait for a connection.
        attempts: Maximum number of attempts of a call, with backoff between them.
    """
    # boto3's clients are botocore's. Without boto3's resources they are created faster.
    session = _session_on(_DATA) if (_DATA / service).is_dir() else _session()
    config = Config(
        read_timeout=read_timeout,
        connect_timeout=connect_timeout,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
    # The SDK reads AWS_DEFAULT_REGION only.
    return session.create_client(service, region_name=os.environ.get("AWS_REGION"), config=config)


@cache
def _session() -> botocore.session.Session:
    return _new_session()


@cache
def _session_on(data: Path) -> botocore.session.Session:
    session = _new_session()
    loader = Loader(
        extra_search_paths=[str(data)],
        file_loader=_PlainFiles(),
        include_default_search_paths=False,
    )
    session.register_component("data_loader", loader)
    return session


def _new_session() -> botocore.session.Session:
    session = botocore.session.get_session()
    session.register_component("response_parser_factory", StrictParserFactory())
    failed_calls.name_resources(session)
    return session


def cost_explorer() -> "CostExplorerClient":
    """Return the shared Cost Explorer client; its single endpoint serves all regions slowly."""
    shared: CostExplorerClient = client("ce", read_timeout=20)
    return shared


def dynamodb() -> "DynamoDBClient":
    """Return the shared DynamoDB client."""
    shared: DynamoDBClient = client("dynamodb")
    return shared


def events() -> "EventBridgeClient":
    """Return the shared EventBridge client."""
    shared: EventBridgeClient = client("events")
    return shared


def s3() -> "S3Client":
    """Return the shared S3 client."""
    shared: S3Client = client("s3")
    return shared


def secretsmanager() -> "SecretsManagerClient":
    """Return the shared Secrets Manager client."""
    shared: SecretsManagerClient = client("secretsmanager")
    return shared


def sns() -> "SNSClient":
    """Return the shared SNS client."""
    shared: SNSClient = client("sns")
    return shared


def sqs() -> "SQSClient":
    """Return the shared SQS client."""
    shared: SQSClient = client("sqs")
    return shared


def ssm() -> "SSMClient":
    """Return the shared Systems Manager client."""
    shared: SSMClient = client("ssm")
    return shared


def create_at_init(*factories: Factory) -> None:
    """Create clients during the init of a Lambda function; elsewhere do nothing.

    Use it for the clients that every request needs: init runs at full CPU for any memory size.

    Args:
        factories: Functions such as `dynamodb`, or results of `if_set`.
    """
    if cold_start.on_lambda():
        for factory in factories:
            factory()


def if_set(variable: str, *factories: Factory) -> Factory:
    """Return a factory that calls others if an environment variable is set.

    Example: `create_at_init(dynamodb, if_set("QUEUE_URL", sqs))`.
    """

    def create() -> None:
        if environment_variables.optional(variable):
            create_at_init(*factories)

    return create


prime = renamed(create_at_init, "prime")
