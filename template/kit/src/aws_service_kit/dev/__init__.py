"""What developing a service needs: types, mutation testing, targets of deployments."""
