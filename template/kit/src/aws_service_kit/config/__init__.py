"""The service's configuration: profiles, overridden by the template's answers and by team.toml."""

from aws_service_kit.config.errors import ConfigError
from aws_service_kit.config.loader import load
from aws_service_kit.config.schema import (
    ENVIRONMENT_NAMES,
    GUIDELINE_VERSION,
    NOT_CHOSEN,
    EnvironmentConfig,
    EnvironmentName,
    ServiceConfig,
)

__all__ = [
    "ENVIRONMENT_NAMES",
    "GUIDELINE_VERSION",
    "NOT_CHOSEN",
    "ConfigError",
    "EnvironmentConfig",
    "EnvironmentName",
    "ServiceConfig",
    "load",
]
