"""Values of the formats that the OpenAPI document names and a pattern can't describe.

`suites/local/contract.py` sends them, and expects that none is a bad request.
"""

from collections.abc import Mapping

from hypothesis.strategies import SearchStrategy

FORMATS: Mapping[str, SearchStrategy[str]] = {}
