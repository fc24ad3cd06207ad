"""CloudFormation's intrinsic functions, resolved as in the controls."""

from aws_service_kit.controls.evidence.intrinsics import Resolver, Template

__all__ = ["Resolver", "Template"]
