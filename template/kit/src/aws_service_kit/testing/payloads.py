"""Hypothesis strategies for payloads of messages: JSON objects."""

from hypothesis import strategies as st

SCALARS = st.none() | st.booleans() | st.integers() | st.text()
PAYLOADS = st.dictionaries(st.text(), SCALARS | st.lists(SCALARS, max_size=3), max_size=3)
