"""The former name of `environment_variables`."""

from aws_service_kit.runtime.environment_variables import optional as optional_text
from aws_service_kit.runtime.environment_variables import optional_days
from aws_service_kit.runtime.environment_variables import required as text
from aws_service_kit.runtime.environment_variables import string_set as text_set
from aws_service_kit.runtime.former_names import warn_of_module

__all__ = ["optional_days", "optional_text", "text", "text_set"]

warn_of_module("settings", "environment_variables")
