"""Operations in a service's AWS accounts, except deployments."""
