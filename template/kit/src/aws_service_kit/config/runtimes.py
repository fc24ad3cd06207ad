"""The Lambda runtimes that a service may choose."""

from datetime import date
from typing import Literal, get_args

from aws_service_kit.controls import runtimes

RuntimeName = Literal["python3.12", "python3.13", "python3.14"]

# The day from which AWS no longer patches the runtime; creating functions is blocked soon after.
DEPRECATION_DATES: dict[RuntimeName, date] = {
    name: runtimes.DEPRECATION_DATES[name] for name in get_args(RuntimeName)
}

# cdk-nag asks for the newest; an older one that AWS still patches is a service's own choice.
NEWEST: RuntimeName = "python3.14"


def deprecation_warning(runtime: RuntimeName, today: date) -> str | None:
    """Tell that a runtime's support ends soon, or None if it doesn't.

    Args:
        runtime: The functions' runtime.
        today: The day of asking.
    """
    ends = DEPRECATION_DATES[runtime]
    if (ends - today).days >= runtimes.WARNING_DAYS:
        return None
    return f"{runtime} is patched until {ends} only: answer {NEWEST} in `python3 dev.py update`."
