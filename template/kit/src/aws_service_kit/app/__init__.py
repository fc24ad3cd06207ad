"""The CDK application: stages, stacks, code bundle, OpenAPI document, deployments."""
