"""The former name of `state_machine_runner`."""

from typing import TYPE_CHECKING

from aws_service_kit.runtime.former_names import module_renamed

if TYPE_CHECKING:
    from aws_service_kit.testing.state_machine_runner import *  # noqa: F403
else:
    module_renamed(__name__, "aws_service_kit.testing.state_machine_runner")
