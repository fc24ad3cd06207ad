"""Business rules: typed Python without AWS, pydantic and I/O."""
