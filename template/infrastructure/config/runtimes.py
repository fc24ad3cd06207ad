# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The Lambda runtimes that a service may choose."""

from datetime import date
from typing import Literal

RuntimeName = Literal["python3.12", "python3.13", "python3.14"]

# The day from which AWS no longer patches the runtime; creating functions is blocked soon after.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html (read in November 2026)
DEPRECATION_DATES: dict[RuntimeName, date] = {
    "python3.12": date(2028, 10, 31),
    "python3.13": date(2029, 6, 30),
    "python3.14": date(2029, 6, 30),
}

# cdk-nag asks for the newest; an older one that AWS still patches is a service's own choice.
NEWEST: RuntimeName = "python3.14"

# The guideline's review is quarterly: a warning comes two reviews ahead.
WARNING_DAYS = 180


def deprecation_warning(runtime: RuntimeName, today: date) -> str | None:
    """Tell that a runtime's support ends soon, or None if it doesn't.

    Args:
        runtime: The functions' runtime.
        today: The day of asking.
    """
    ends = DEPRECATION_DATES[runtime]
    if (ends - today).days >= WARNING_DAYS:
        return None
    return f"{runtime} is patched until {ends} only: answer {NEWEST} in `python3 dev.py update`."
