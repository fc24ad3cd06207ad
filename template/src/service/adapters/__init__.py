"""The domain's ports on AWS services."""
