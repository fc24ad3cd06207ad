"""The CDK application of a service's preview, without resources that the emulator doesn't support.

The CDK CLI runs it in the service's folder, with the pull request's number.
"""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

from aws_service_kit.app.bundle import build_bundle
from aws_service_kit.app.preview import create_app
from aws_service_kit.config import load
from aws_service_kit.local.unsupported import leave_out

config = load()
app = create_app(
    config,
    sys.argv[1],
    bundle=build_bundle(config.lambda_.runtime, config.lambda_.architecture),
    today=date.fromisoformat(sys.argv[2]),
    outdir=Path(os.environ["CDK_OUTDIR"]),
)
for stage in app.node.children:
    leave_out(stage)
app.synth()
