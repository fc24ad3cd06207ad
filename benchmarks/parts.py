"""Time and memory of a cold start of the submitting handler, by imports and clients."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks import aws
from benchmarks.cold_start import Code
from benchmarks.interpreter import PYTHON
from benchmarks.kernel import Row, rounds
from benchmarks.lambda_runtime import Function, variables_of

PROGRAM = Path(__file__).parent / "programs" / "parts.py"
ROUNDS = 15
Parts = Mapping[str, Sequence[str]]
# Otherwise `create_at_init` would create the clients on the handler's import.
OUTSIDE_OF_LAMBDA = ("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_INITIALIZATION_TYPE")
PYTHON_ITSELF: Parts = {
    "Python": [],
    "Lambda's runtime client": ["awslambdaric.bootstrap"],
    "TLS": ["ssl"],
}
KIT: Parts = {
    **PYTHON_ITSELF,
    "Powertools' Logger and Metrics": [
        "aws_service_kit.runtime.logging",
        "aws_service_kit.runtime.metrics",
    ],
    "pydantic": ["pydantic", "pydantic.main", "aws_service_kit.runtime.envelope"],
    "the SDK": ["botocore.session", "aws_service_kit.runtime.clients"],
    "the service itself": ["service.handlers.submit_request"],
    "a client of dynamodb": ["aws_service_kit.runtime.clients:client(dynamodb)"],
    "a client of sqs": ["aws_service_kit.runtime.clients:client(sqs)"],
}
TAUGHT: Parts = {
    **PYTHON_ITSELF,
    "Powertools' Logger and Metrics": ["aws_lambda_powertools"],
    "pydantic": ["pydantic", "pydantic.main"],
    "the SDK": ["boto3"],
    "Powertools' Tracer": ["aws_lambda_powertools:Tracer()"],
    "Powertools' resolver": ["aws_lambda_powertools.event_handler"],
    "Powertools' idempotency": ["aws_lambda_powertools.utilities.idempotency"],
    "a client of dynamodb": ["boto3:client(dynamodb)"],
    "a client of sqs": ["boto3:client(sqs)"],
    "the handler itself": ["powertools_submit"],
}


def run() -> Iterator[Row]:
    """Measure the parts of our handler and of the baseline."""
    with tempfile.TemporaryDirectory() as folder, aws.plain() as endpoint:
        functions = Code(Path(folder)).functions(endpoint)
        contenders = {
            "submit": lambda: taken(functions["submit, queued"], KIT),
            "powertools_submit": lambda: taken(functions["powertools_submit"], TAUGHT),
        }
        samples = rounds(contenders, ROUNDS)
    for name, rounds_of_it in samples.items():
        for part in rounds_of_it[0]:
            shares = tuple(
                sample[part][0] / sum(milliseconds for milliseconds, _ in sample.values()) * 100
                for sample in rounds_of_it
            )
            yield Row(f"{name}, {part}", "", "% of its CPU", shares)
        for part in rounds_of_it[0]:
            megabytes = tuple(sample[part][1] for sample in rounds_of_it)
            yield Row(f"{name}, {part}", "", "MB of memory", megabytes)


def taken(function: Function, parts: Parts) -> dict[str, tuple[float, float]]:
    """Return the CPU time in ms and the memory in MB of each part."""
    variables = variables_of(function)
    for name in OUTSIDE_OF_LAMBDA:
        del variables[name]
    said = subprocess.run(
        [PYTHON, "-S", str(PROGRAM), json.dumps(parts)],
        env=variables,
        check=True,
        stdout=subprocess.PIPE,
    )
    return {part: tuple(values) for part, values in json.loads(said.stdout).items()}
