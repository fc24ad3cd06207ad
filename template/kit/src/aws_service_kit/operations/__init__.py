"""Operations in a service's AWS accounts, besides deployments."""
