"""Resolve CloudFormation's intrinsic functions, as the controls do."""

from aws_service_kit.controls.evidence.intrinsics import Resolver, Template

__all__ = ["Resolver", "Template"]
