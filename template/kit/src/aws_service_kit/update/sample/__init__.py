"""Remove the sample from a service: `python3 dev.py remove-sample`."""
