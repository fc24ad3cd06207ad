"""Strategies for the formats in the OpenAPI document, which a pattern can't describe.

`suites/local/contract.py` sends these values. The API must accept each of them.
"""

from hypothesis import strategies as st

from tests.unit.domain.orders import CPFS

FORMATS = {
    "cpf": CPFS,
    # Only the service can create a cursor, so the tests send none.
    "cursor": st.nothing(),
}
