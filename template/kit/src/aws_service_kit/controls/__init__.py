"""The AWS guideline as controls that can fail."""
