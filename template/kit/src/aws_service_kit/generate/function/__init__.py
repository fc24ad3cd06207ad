"""`python3 dev.py add function`: a Lambda function, its trigger, its contract and its tests."""
