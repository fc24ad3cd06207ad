"""AWS clients: made once per execution environment, where first needed, with bounded waiting.

Importing makes none, so any module can be imported without region, network and credentials.
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

from aws_service_kit.runtime import init
from aws_service_kit.runtime.answers import Parsers

if TYPE_CHECKING:
    from mypy_boto3_ce import CostExplorerClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

# In a bundle, what the SDK needs for the services that the code names (app/sdk_data.py).
_DATA = Path(__file__).parents[2] / "sdk_data"

# Seconds. A call ends, with its three attempts, within ten seconds.
_READ_TIMEOUT = 2
_CONFIG = Config(
    connect_timeout=1,
    retries={"mode": "standard", "total_max_attempts": 3},
)


class _PlainFiles(JSONFileLoader):
    """Reads plain dictionaries, which keep their order in half the memory of the SDK's own."""

    def load_file(self, file_path: str) -> Any:  # noqa: ANN401 (JSON)
        """Return what a file of the bundle holds, or None if there is none."""
        path = Path(f"{file_path}.json")
        return json.loads(path.read_bytes()) if path.exists() else None


@cache
def client(service: str, *, read_timeout: int = _READ_TIMEOUT) -> Any:  # noqa: ANN401 (the SDK makes client classes at run time)
    """Return the shared client of an AWS service, e.g. `client("sns")`.

    Args:
        service: its name in the SDK.
        read_timeout: seconds to wait for an answer, for services that take longer than others.
    """
    # boto3's clients are botocore's; without boto3's resources they are made in less time.
    session = _session_on(_DATA) if (_DATA / service).is_dir() else _session()
    config = _CONFIG.merge(Config(read_timeout=read_timeout))
    # The SDK itself looks at AWS_DEFAULT_REGION only.
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
    session.register_component("response_parser_factory", Parsers())
    return session


def cost_explorer() -> "CostExplorerClient":
    """Return the shared Cost Explorer client; its one endpoint, for all regions, takes its time."""
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


def prime(*factories: Callable[[], object]) -> None:
    """Call the factories now if this is the init phase of a Lambda function; elsewhere do nothing.

    For what every request needs: init runs at full CPU, whatever the function's memory.
    """
    if init.on_lambda():
        for factory in factories:
            factory()
