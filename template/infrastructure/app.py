# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The CDK application: a stage per environment with every stack of `infrastructure/stacks/`."""

from aws_service_kit.app.synthesis import main

if __name__ == "__main__":
    main()
