"""Generators: `python3 dev.py add` writes code, with tests, as the guides describe it."""
