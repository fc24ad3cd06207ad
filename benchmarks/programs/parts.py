"""Import what a handler imports, part by part, and tell the milliseconds of CPU of each."""

import json
import time
from importlib import import_module

PARTS = {
    "Powertools' Logger and Metrics": ["service.runtime.logging", "service.runtime.metrics"],
    "pydantic": ["pydantic", "pydantic.main", "service.runtime.envelope"],
    "the SDK": ["botocore.session", "service.runtime.clients"],
    "the service itself": ["service.handlers.submit_request"],
}


def main() -> None:
    """Print the parts, in JSON."""
    # The interpreter and what any function loads.
    spent = {"Python": time.process_time() * 1000}
    for part, modules in PARTS.items():
        before = time.process_time()
        for module in modules:
            import_module(module)
        spent[part] = (time.process_time() - before) * 1000
    clients = import_module("service.runtime.clients")
    for name in ("dynamodb", "sqs"):
        before = time.process_time()
        clients.client(name)
        spent[f"a client of {name}"] = (time.process_time() - before) * 1000
    print(json.dumps(spent))


if __name__ == "__main__":
    main()
