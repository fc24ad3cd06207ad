"""What every function needs, whatever the service does: a public interface kept by the template.

It knows nothing of the service's handlers, adapters and domain.
"""
