"""Generators: `python3 dev.py add` writes code as a team would write it by the guides."""
