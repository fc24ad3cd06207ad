"""The former name of `cold_start`."""

from aws_service_kit.runtime.cold_start import defer_garbage_collection as begin
from aws_service_kit.runtime.cold_start import freeze_objects as end
from aws_service_kit.runtime.cold_start import on_lambda
from aws_service_kit.runtime.former_names import warn_of_module

__all__ = ["begin", "end", "on_lambda"]

warn_of_module("init", "cold_start")
