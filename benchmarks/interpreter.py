"""The base interpreter, without the packages of this repository's environment."""

import sys
from pathlib import Path

_NAME = f"python{sys.version_info.major}.{sys.version_info.minor}"
PYTHON = str(Path(sys.base_prefix, "bin", _NAME))
RUNTIME = _NAME
