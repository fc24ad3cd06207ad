"""The guideline's items: each control belongs to one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """An item of the guideline.

    Attributes:
        id: Its short name.
        text: The requirement.
        section: The section of the guideline.
        family: The part of the guideline.
    """

    id: str
    text: str
    section: str
    family: str


# In the guideline's order.
FAMILIES = {
    "principles": "Principles (1)",
    "sections": "Sections 2 to 8",
    "lambda": "Lambda functions (9.1)",
    "cdk": "CDK infrastructure (9.1)",
    "iam": "IAM and permissions (9.2)",
    "data": "Data protection (9.2)",
    "cloudwatch": "CloudWatch (9.3)",
    "observability": "Observability (9.3)",
    "costs": "Cost optimization (9.4)",
    "resources": "Resource management (9.4)",
    "maintenance": "Maintenance",
}

_TEXTS: dict[tuple[str, str], dict[str, str]] = {
    ("principles", "1"): {
        "P1": "Serverless first",
        "P2": "Event-driven",
        "P3": "Security by design",
        "P4": "Cost optimization",
        "P5": "Observability",
    },
    ("sections", "2.2"): {"2.2": "Clients are created once, outside of the handler"},
    ("sections", "3.1"): {"3.1": "A supported runtime; code that every function finds"},
    ("sections", "4.1"): {"4.1": "Workflows retry, catch errors, end and report"},
    ("sections", "4.2"): {"4.2": "Events have a target, a retry limit and a dead-letter queue"},
    ("sections", "4.3"): {"4.3": "Queues and topics deliver messages or keep them"},
    ("sections", "8.1"): {"8.1": "A pipeline without access keys, with pinned dependencies"},
    ("lambda", "9.1"): {
        "L1": "Handler separate from business logic",
        "L2": "Input validated with Pydantic",
        "L3": "Structured logging",
        "L4": "Robust error handling",
        "L5": "Time-out and memory set",
        "L6": "Dead-letter queue configured",
        "L7": "Unit tests, more than 85 % coverage",
    },
    ("cdk", "9.1"): {
        "C1": "Stacks organised by domain",
        "C2": "Reusable constructs",
        "C3": "IAM policies with least privilege",
        "C4": "Secrets Manager for credentials",
        "C5": "Tags on every resource",
        "C6": "Removal policies defined",
    },
    ("iam", "9.2"): {
        "S-I1": "Principle of least privilege applied",
        "S-I2": "A role for each function",
        "S-I3": "Inline policies documented",
        "S-I4": "Cross-account access controlled",
        "S-I5": "MFA for users",
    },
    ("data", "9.2"): {
        "S-D1": "Encryption at rest",
        "S-D2": "Encryption in transit",
        "S-D3": "Secrets Manager for credentials, read again after a rotation",
        "S-D4": "Parameter Store for configuration",
        "S-D5": "VPC endpoints where needed",
    },
    ("cloudwatch", "9.3"): {
        "M1": "Structured logs",
        "M2": "Custom metrics defined",
        "M3": "Alarms configured",
        "M4": "Dashboards created",
        "M5": "Log retention configured",
    },
    ("observability", "9.3"): {
        "O1": "X-Ray tracing",
        "O2": "Distributed tracing",
        "O3": "Error tracking",
        "O4": "Performance monitoring",
        "O5": "Cost monitoring",
    },
    ("costs", "9.4"): {
        "F1": "Right-sizing of resources",
        "F2": "Reserved capacity evaluated",
        "F3": "Spot instances where suitable",
        "F4": "Lifecycle policies for S3",
        "F5": "Cost alerts configured",
    },
    ("resources", "9.4"): {
        "R1": "Tags for cost allocation",
        "R2": "Clean-up automated",
        "R3": "Unused resources found",
        "R4": "Cost reports automated",
        "R5": "Budget alerts configured",
    },
    ("maintenance", "Maintenance"): {
        "REVIEW": "Quarterly review of the guideline",
        "WAIVERS": "Exceptions have a reason, an owner and an end",
    },
}

ITEMS = {
    name: Item(name, text, section, family)
    for (family, section), texts in _TEXTS.items()
    for name, text in texts.items()
}
