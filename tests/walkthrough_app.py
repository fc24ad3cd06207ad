"""The CDK app of a service's dev environment, without resources that the emulator doesn't support.

The CDK's command line runs it in the service's folder, without the rule packs, which would report
the missing resources.
"""

from __future__ import annotations

import os
from pathlib import Path

from aws_service_kit.app.bundle import build_bundle
from aws_service_kit.app.synthesis import build_stage, empty_app
from aws_service_kit.config import load
from aws_service_kit.local.unsupported import leave_out

config = load()
app = empty_app(Path(os.environ["CDK_OUTDIR"]), validation=False)
stage, _ = build_stage(
    app,
    config=config,
    settings=config.environments["dev"],
    bundle=build_bundle(config.lambda_.runtime, config.lambda_.architecture),
)
leave_out(stage)
app.synth()
