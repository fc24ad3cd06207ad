"""CDK constructs that follow the AWS guideline; stacks are built from them."""
