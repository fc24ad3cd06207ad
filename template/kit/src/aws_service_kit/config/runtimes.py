"""The supported Lambda runtimes."""

from datetime import date
from typing import Literal, get_args

from aws_service_kit.controls import runtimes

RuntimeName = Literal["python3.12", "python3.13", "python3.14"]

# Deprecation dates: AWS then stops patching a runtime, and soon blocks the creation of functions.
DEPRECATION_DATES: dict[RuntimeName, date] = {
    name: runtimes.DEPRECATION_DATES[name] for name in get_args(RuntimeName)
}

# cdk-nag requires the newest runtime. A service may choose an older one that AWS still patches.
NEWEST: RuntimeName = "python3.14"


def deprecation_warning(runtime: RuntimeName, today: date) -> str | None:
    """Return a warning if a runtime's support ends soon, else None.

    Args:
        runtime: The functions' runtime.
        today: Today's date.
    """
    ends = DEPRECATION_DATES[runtime]
    if (ends - today).days >= runtimes.WARNING_DAYS:
        return None
    return f"AWS patches {runtime} only until {ends}: choose {NEWEST} with `python3 dev.py update`."
