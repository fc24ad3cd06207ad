"""The former name of `fake_aws`."""

from typing import TYPE_CHECKING

from aws_service_kit.runtime.former_names import module_renamed

if TYPE_CHECKING:
    from aws_service_kit.testing.fake_aws import *  # noqa: F403
else:
    module_renamed(__name__, "aws_service_kit.testing.fake_aws")
