"""Business rules: typed Python that knows neither AWS nor pydantic, and does no I/O."""
