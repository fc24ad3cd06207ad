"""Strategies for the formats in the OpenAPI document, which a pattern can't describe.

`suites/local/contract.py` sends these values. The API must accept each of them.
"""

from collections.abc import Mapping

from hypothesis.strategies import SearchStrategy

FORMATS: Mapping[str, SearchStrategy[str]] = {}
