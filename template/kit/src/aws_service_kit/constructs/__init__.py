"""The AWS guideline as constructs: what a stack is built from."""
