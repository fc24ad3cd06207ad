"""The cost estimate of a service counts the resources of its templates."""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from tests.combinations import ALL_STACKS
from tests.conftest import Render
from tests.kernel import synthesize
from tests.programs import ROOT

DOCUMENT = ROOT / "template" / "kit" / "guides" / "costs.md"
ROW = re.compile(
    r"^\| (\w+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (.+?) \| (\d+) \|$", re.M
)
FIREWALL = re.compile(r"(\d+) with (\d+) rules")
COUNTED = ("alarm metrics", "composite alarms", "dashboards", "secrets", "keys")


SIMPLE = {
    "AWS::CloudWatch::CompositeAlarm": "composite alarms",
    "AWS::CloudWatch::Dashboard": "dashboards",
    "AWS::KMS::Key": "keys",
    "AWS::SecretsManager::Secret": "secrets",
    "AWS::WAFv2::WebACL": "firewalls",
}


def counted(template: Path) -> Counter[str]:
    """Count the resources with a fixed price."""
    count: Counter[str] = Counter()
    for resource in json.loads(template.read_text(encoding="utf-8"))["Resources"].values():
        resource_type, properties = resource["Type"], resource.get("Properties", {})
        if resource_type in SIMPLE:
            count[SIMPLE[resource_type]] += 1
        if resource_type == "AWS::CloudWatch::Alarm":
            metrics = properties.get("Metrics", [])
            count["alarm metrics"] += sum("MetricStat" in one for one in metrics) or 1
        if resource_type == "AWS::WAFv2::WebACL":
            count["rules"] += len(properties["Rules"])
        if properties.get("VpcEndpointType") == "Interface":
            count["endpoint zones"] += len(properties["SubnetIds"])
    return count


def documented() -> dict[str, Counter[str]]:
    """Return the document's counts of each stack's resources in prod."""
    found = {}
    for stack, *numbers, firewall, zones in ROW.findall(DOCUMENT.read_text(encoding="utf-8")):
        count = Counter(dict(zip(COUNTED, map(int, numbers), strict=True)))
        count["endpoint zones"] = int(zones)
        if matched := FIREWALL.fullmatch(firewall):
            count["firewalls"], count["rules"] = map(int, matched.groups())
        found[stack] = +count
    return found


@pytest.fixture(scope="module")
def assembly(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of a service with every stack."""
    folder = tmp_path_factory.mktemp("assembly")
    synthesize(render({"stacks": list(ALL_STACKS)}), folder, environments=("dev", "prod"))
    return folder


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_estimate_counts_the_resources_of_the_templates(
    environment: str, assembly: Path
) -> None:
    expected = documented()
    assert expected
    if environment == "dev":
        for count in expected.values():
            del count["firewalls"], count["rules"]
    held = {}
    manifest = assembly / "cdk.out" / f"assembly-{environment}" / "manifest.json"
    for name, artifact in json.loads(manifest.read_text(encoding="utf-8"))["artifacts"].items():
        if artifact["type"] == "aws:cloudformation:stack":
            file = manifest.parent / artifact["properties"]["templateFile"]
            held[artifact["properties"]["stackName"].rsplit("-", 1)[-1], name] = counted(file)
    assert {stack: count for (stack, _), count in held.items() if count} == expected


AMOUNTS = re.compile(r"^\| (.+?) \|.*\| \**([\d.]+)\** \| \**([\d.]+)\** \|$", re.M)


@pytest.mark.parametrize("column", [1, 2], ids=["dev", "prod"])
def test_the_sums_of_the_estimate_are_correct(column: int) -> None:
    sums = []
    for table in re.findall(
        r"^\| what \|.*\n(?:\|.*\n)+", DOCUMENT.read_text(encoding="utf-8"), re.M
    ):
        total = Decimal()
        for row in AMOUNTS.findall(table):
            amount = Decimal(row[column])
            if row[0].startswith("**"):
                assert amount == total, row
                sums.append(amount)
            else:
                total += amount
    without_vpc, _, by_submission, by_month = sums
    documented = re.search(
        r"about (\d+) in dev and (\d+) in prod", DOCUMENT.read_text(encoding="utf-8")
    )
    assert documented is not None
    assert Decimal(documented[column]) == round(without_vpc + by_submission + by_month)
