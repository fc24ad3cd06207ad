# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The service's configuration: profiles, the template's answers and the team's values over them."""

from infrastructure.config.loader import ConfigError, load
from infrastructure.config.schema import (
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
