"""The command `python3 dev.py add entity`."""
