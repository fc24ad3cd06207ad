"""End-of-support dates of the Lambda runtimes.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html (read in November 2026)
"""

from datetime import date

# AWS stops patching a runtime on this day; creating functions is blocked soon after.
DEPRECATION_DATES = {
    "python3.9": date(2025, 12, 15),
    "python3.10": date(2026, 10, 31),
    "python3.11": date(2027, 6, 30),
    "python3.12": date(2028, 10, 31),
    "python3.13": date(2029, 6, 30),
    "python3.14": date(2029, 6, 30),
}

# The guideline is reviewed quarterly, so this warns two reviews ahead.
WARNING_DAYS = 180
