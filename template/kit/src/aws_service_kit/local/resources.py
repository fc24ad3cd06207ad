"""The former name of `deployed_resources`."""

from typing import TYPE_CHECKING

from aws_service_kit.runtime.former_names import module_renamed

if TYPE_CHECKING:
    from aws_service_kit.local.deployed_resources import *  # noqa: F403
else:
    module_renamed(__name__, "aws_service_kit.local.deployed_resources")
