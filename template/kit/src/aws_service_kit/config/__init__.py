"""The service's configuration: profiles, the template's answers and the team's values over them."""

from aws_service_kit.config.loader import ConfigError, load
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
