"""From configuration to a cloud assembly: stages, stacks, the bundle, OpenAPI, deployments."""
