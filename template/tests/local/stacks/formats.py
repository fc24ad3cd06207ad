"""Values of the formats that the OpenAPI document names and a pattern can't describe.

`suites/local/contract.py` sends them, and expects that none is refused as a bad request.
"""

from hypothesis import strategies as st

from tests.unit.domain.orders import CPFS

FORMATS = {
    "cpf": CPFS,
    # Only the service makes one: left out, so that a page is the first.
    "cursor": st.nothing(),
}
