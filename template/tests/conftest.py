# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""No test reaches an account or an endpoint of the shell; evidence is written where a task asks."""

import os

pytest_plugins = ["aws_guidelines.pytest_plugin"]

# Before anything makes a client. A profile, too, may name an endpoint, and `local-env` sets one.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ |= {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
