"""The former name of `event_handler`."""

from aws_service_kit.runtime.event_handler import event_handler as subscriber
from aws_service_kit.runtime.former_names import warn_of_module

__all__ = ["subscriber"]

warn_of_module("event", "event_handler")
