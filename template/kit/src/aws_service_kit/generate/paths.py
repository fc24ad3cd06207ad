"""The folders of a service that the commands write to."""

from pathlib import PurePosixPath

INFRASTRUCTURE = PurePosixPath("infrastructure")
STACKS = INFRASTRUCTURE / "stacks"
HANDLERS = PurePosixPath("src", "service", "handlers")
DOMAIN = PurePosixPath("src", "service", "domain")
ADAPTERS = PurePosixPath("src", "service", "adapters")
UNIT_TESTS = PurePosixPath("tests", "unit")
STACK_TESTS = PurePosixPath("tests", "infrastructure", "stacks")
