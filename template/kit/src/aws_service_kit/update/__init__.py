"""Update a service to a release of the template: Copier updates a pristine copy, git merges."""
