"""Named answers that the template's tests share: the questions, and sets of unusual values."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests import organisation

Answers = Mapping[str, object]

ORGANISATION = organisation.settings()["answers"]
CONTACT = f"{ORGANISATION['owner_team']}@{ORGANISATION['email_domain']}"

DEFAULTS: Answers = MappingProxyType(
    {
        "service_name": "processing-requests",
        "description": "Receives, processes and records requests.",
        "owner_team": ORGANISATION["owner_team"],
        "organisation": ORGANISATION["organisation"],
        "cost_center": ORGANISATION["cost_center"],
        "contact_email": CONTACT,
        "alarm_email": CONTACT,
        "stacks": ["api"],
        "scaffold": "sample",
        "api_authentication": "iam",
        "api_domain": "",
        "named_stacks": ["*"],
        "dev_account": "000000000000",
        "dev_region": ORGANISATION["region"],
        "staging_account": "000000000000",
        "staging_region": ORGANISATION["region"],
        "prod_account": "000000000000",
        "prod_region": ORGANISATION["region"],
        "encryption": ORGANISATION["encryption"],
        "lambda_runtime": ORGANISATION["lambda_runtime"],
        "architecture": ORGANISATION["architecture"],
        "monthly_budget_usd": ORGANISATION["monthly_budget_usd"],
        "kit": ORGANISATION["kit"],
    }
)
"""The recorded answers of a copy with defaults."""

HOSTILE_TEXTS = (
    "It says \"no\", isn't 'yes' and costs 100 %",
    r"C:\new\table \u0041 \x41 \\ \"",
    "'''\"\"\"'''\"\"\"",
    "Ação, naïveté, Straße, 処理, العربية",
    "👩‍👩‍👧‍👦 family, 🇧🇷 flag, ❤️ and 𝕏",  # noqa: RUF001
    "{{ 7 * 7 }} {% if true %}{# comment #}{{ undefined_name }}",
    "${{ secrets.TOKEN }} $(id) `id` $HOME %PATH%",
    "key: value # no comment - [list] {map} & *alias !tag | >",
    "--- ... <<: *merge",
    "# not a heading",
    "1. not a list",
    "- [x] not a task",
    "**bold** _it_ ~~gone~~ <b>tag</b> &amp; [link](https://example.com) ![image](x) :tada:",
    "| cell | $x^2$ | `code`",
    "<script>alert(1)</script>",
    "null",
    "true",
    "012345670123",
    "2026-11-24",
    "~",
    "=cmd|' /C calc'!A0",
    "two  spaces \u00a0 a no-break space and a zero-width\u200bspace",
    "x" * 200,
    "😀" * 200,
    "\\" * 200,
    '"' * 200,
)
"""Descriptions that must arrive intact wherever they are written."""

ANSWER_SETS: Mapping[str, Answers] = MappingProxyType(
    {
        "defaults": {},
        "storage_only": {"stacks": []},
        "cognito": {"api_authentication": "cognito"},
        "domain": {
            "api_domain": "orders.example.com",
            "api_zone_name": "example.com",
            "api_zone_id": "Z0123456789ABCDEFGHIJ",
        },
        "zones_own_name": {
            "api_domain": "example.com.br",
            "api_zone_name": "example.com.br",
            "api_zone_id": "Z2",
        },
        "customer_key": {"encryption": "customer"},
        "objective": {"stacks": ["monitoring"], "availability_objective": "99.5"},
        "oldest": {"lambda_runtime": "python3.13", "architecture": "x86_64"},
        "hostile": {
            "description": "\"Q\" \\ 'a' {{ x }} {% y %} ${{ z }} # é 👩‍👧 <b> | *",
            "owner_team": "Data = Team: +1/2 @ x.y_z-",
            "cost_center": "010",
            "contact_email": "a+b=c_d-e.f@xn--bcher-kva.example.com.br",
        },
        "longest": {
            "service_name": "s" * 32,
            "description": "\\" * 200,
            "organisation": "o" * 39,
            "owner_team": "T" * 64,
            "cost_center": "9" * 64,
            "contact_email": f"{'c' * 64}@{'d' * 63}.{'e' * 63}.example",
            "monthly_budget_usd": "999999999",
        },
        "shortest": {
            "service_name": "s",
            "description": "x",
            "organisation": "o",
            "owner_team": "t",
            "cost_center": "c",
            "contact_email": "a@b.co",
            "monthly_budget_usd": "1",
        },
        "environments": {
            "dev_account": "012345670123",
            "dev_region": "sa-east-1",
            "staging_account": "123456789012",
            "staging_region": "eu-central-2",
            "prod_account": "999999999999",
            "prod_region": "ap-southeast-7",
        },
    }
)
"""Answers that replace defaults, by what they test."""
