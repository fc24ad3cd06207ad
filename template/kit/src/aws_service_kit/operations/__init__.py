"""What people do with a service's accounts, beside deploying to them."""
