"""The kit of AWS services: the guideline as a library."""
