"""The former name of `batch`."""

from aws_service_kit.runtime.batch import BatchResponse
from aws_service_kit.runtime.batch import batch_handler as consumer
from aws_service_kit.runtime.former_names import warn_of_module

__all__ = ["BatchResponse", "consumer"]

warn_of_module("queue", "batch")
