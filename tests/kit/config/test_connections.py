"""Domains, VPCs and user pools that an environment connects to."""

import re
from pathlib import Path

import pytest
from aws_service_kit.config import ConfigError, load
from aws_service_kit.testing.sample import ANSWERS, project

import kit

COGNITO = ANSWERS.replace('"iam"', '"cognito"')
ZONE = 'zone_id = "Z0123456789ABC"\nzone_name = "example.com"\n'
CERTIFICATE = "arn:aws:acm:sa-east-1:333333333333:certificate/0a1b2c3d-0000-1111-2222-333344445555"
POOL = "arn:aws:cognito-idp:sa-east-1:333333333333:userpool/sa-east-1_AbCdEf123"
SUBNETS = 'subnet_ids = ["subnet-0a1b2c3d", "subnet-0a1b2c3e"]\n'


def domain(text: str, environment: str = "prod") -> str:
    return f"[environments.{environment}.domain]\n{text}\n"


def vpc(text: str) -> str:
    return f"[environments.prod.vpc]\n{text}\n"


def pool(text: str) -> str:
    return f"[environments.prod.user_pool]\n{text}\n"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (f'name = "orders.example.com"\n{ZONE}', "https://orders.example.com"),
        (f'name = "example.com"\n{ZONE}', "https://example.com"),
        (f'name = "a.b.example.com"\nbase_path = "orders"\n{ZONE}', "https://a.b.example.com/orders"),
        (f'name = "api.other.com.br"\ncertificate_arn = "{CERTIFICATE}"', "https://api.other.com.br"),
        (f'name = "x.example.com"\ncertificate_arn = "{CERTIFICATE}"\n{ZONE}', "https://x.example.com"),
        (f'name = "x.xn--bcher-kva.xn--p1ai"\ncertificate_arn = "{CERTIFICATE}"',
         "https://x.xn--bcher-kva.xn--p1ai"),
    ],
)  # fmt: skip
def test_a_domain_is_read(text: str, url: str, tmp_path: Path) -> None:
    found = load(project(tmp_path, team=domain(text))).environments["prod"].domain
    assert found is not None
    assert found.url == url


def test_two_environments_may_have_domains_in_one_zone(tmp_path: Path) -> None:
    team = "".join(
        domain(f'name = "{name}orders.example.com"\n{ZONE}', environment)
        for environment, name in (("dev", "dev."), ("prod", ""))
    )
    environments = load(project(tmp_path, team=team)).environments
    names = [each.domain.name for each in environments.values() if each.domain is not None]
    assert names == ["dev.orders.example.com", "orders.example.com"]


def test_an_existing_vpc_is_read(tmp_path: Path) -> None:
    team = vpc(f'id = "vpc-0a1b2c3d4e5f6a7b8"\n{SUBNETS}endpoints = ["sqs"]')
    found = load(project(tmp_path, team=team)).environments["prod"].vpc
    assert found is not None
    assert found.subnet_ids == ("subnet-0a1b2c3d", "subnet-0a1b2c3e")
    assert (found.security_group_id, found.endpoints) == (None, ("sqs",))


def test_an_existing_user_pool_is_read(tmp_path: Path) -> None:
    root = project(tmp_path, answers=COGNITO, team=pool(f'arn = "{POOL}"'))
    found = load(root).environments["prod"].user_pool
    assert found is not None
    assert (found.id, found.region, found.account) == (
        "sa-east-1_AbCdEf123",
        "sa-east-1",
        "333333333333",
    )


def test_the_examples_of_the_guide_are_accepted(tmp_path: Path) -> None:
    guide = Path(kit.__file__).parents[2] / "template/kit/guides/connections.md"
    examples = re.findall(r"```toml\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) == 2
    for number, team in enumerate(examples):
        answers = COGNITO.replace("sa-east-1", "us-east-1")
        load(project(tmp_path / str(number), answers=answers, team=team))


PROD = r"team\.toml: environments\.prod"
LONG = ".".join(["a" * 40] * 2)


@pytest.mark.parametrize(
    ("team", "message"),
    [
        (domain('name = "orders.example.com"'),
         rf"{PROD}\.domain: needs zone_id and zone_name, or the certificate_arn"),
        (domain('name = "orders.example.com"\nzone_id = "Z0123456789ABC"'),
         rf"{PROD}\.domain: set both zone_id and zone_name, or neither"),
        (domain(ZONE), rf"{PROD}\.domain\.name: the key is missing"),
        (domain(f'name = "orders.example.org"\n{ZONE}'),
         rf"{PROD}\.domain: orders\.example\.org isn't in the zone example\.com"),
        # Has the zone's name as suffix, but is another domain.
        (domain(f'name = "badexample.com"\n{ZONE}'),
         rf"{PROD}\.domain: badexample\.com isn't in the zone"),
        (domain(f'name = "{LONG}.example.com"\n{ZONE}'),
         rf"{PROD}\.domain: ACM issues certificates for 64 characters at most, and name has 93"),
        *[(domain(f'name = "{name}"\n{ZONE}'), rf"{PROD}\.domain\.name: .*pattern")
          for name in ("Orders.example.com", "orders.example.com.", "*.example.com", "example",
                       "https://orders.example.com", "-a.example.com", "a..example.com")],
        (domain(f'name = "a.example.com"\nbase_path = "/v1"\n{ZONE}'),
         rf"{PROD}\.domain\.base_path: .*pattern"),
        (domain('name = "a.example.com"\nzone_id = "/hostedzone/Z01"\nzone_name = "example.com"'),
         rf"{PROD}\.domain\.zone_id: .*pattern"),
        # Certificates for CloudFront are in us-east-1. A regional API needs one in its region.
        (domain('name = "a.example.com"\ncertificate_arn = '
                f'"{CERTIFICATE.replace("sa-east-1", "us-east-1")}"'),
         rf"{PROD}\.domain\.certificate_arn: is in us-east-1 .* sa-east-1 and 333333333333"),
        (domain('name = "a.example.com"\ncertificate_arn = '
                f'"{CERTIFICATE.replace("333333333333", "444444444444")}"'),
         rf"{PROD}\.domain\.certificate_arn: is in sa-east-1 and account 444444444444"),
        (domain(f'name = "a.example.com"\n{ZONE}', "dev")
         + domain(f'name = "a.example.com"\n{ZONE}'),
         rf"{PROD}\.domain\.name: is the domain of dev already"),
        (domain(f'name = "a.example.com"\nzone = "Z01"\n{ZONE}'),
         rf"{PROD}\.domain\.zone: unknown key; known are name, zone_id, zone_name"),
        (vpc('id = "vpc-0a1b2c3d"\nsubnet_ids = ["subnet-0a1b2c3d"]'),
         rf"{PROD}\.vpc: subnet_ids has 1: give 2 to 16"),
        (vpc('id = "vpc-0a1b2c3d"\nsubnet_ids = ["subnet-0a1b2c3d", "subnet-0a1b2c3d"]'),
         rf"{PROD}\.vpc: subnet_ids names a subnet twice"),
        (vpc(SUBNETS), rf"{PROD}\.vpc\.id: the key is missing"),
        (vpc(f'id = "subnet-0a1b2c3d"\n{SUBNETS}'), rf"{PROD}\.vpc\.id: .*pattern"),
        (vpc('id = "vpc-0a1b2c3d"\nsubnet_ids = ["vpc-0a1b2c3d", "subnet-0a1b2c3d"]'),
         rf"{PROD}\.vpc\.subnet_ids\.0: .*pattern"),
        (vpc(f'id = "vpc-0a1b2c3d"\nendpoints = ["com.amazonaws.sa-east-1.sqs"]\n{SUBNETS}'),
         rf"{PROD}\.vpc\.endpoints\.0: .*pattern"),
        (vpc(f'id = "vpc-0a1b2c3d"\nsecurity_group_ids = []\n{SUBNETS}'),
         rf"{PROD}\.vpc\.security_group_ids: unknown key; known are id, subnet_ids"),
        (pool(f'arn = "{POOL}"'), rf'{PROD}\.user_pool: is only for an API with .*"cognito"'),
    ],
)  # fmt: skip
def test_an_invalid_connection_is_reported_in_one_line(
    team: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=message) as error:
        load(project(tmp_path, team=team))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('arn = "sa-east-1_AbCdEf123"', r"\.user_pool\.arn: .*pattern"),
        (f'arn = "{POOL.replace("sa-east-1", "us-east-1")}"',
         r"\.user_pool\.arn: is in us-east-1: name a pool in sa-east-1"),
        (f'arn = "{POOL.replace("333333333333", "444444444444")}"',
         r"\.user_pool\.arn: is of account 444444444444: set client_id to an app client"),
        (f'arn = "{POOL}"\nscope = "use"', r"\.user_pool: scope needs client_id"),
        (f'arn = "{POOL}"\nclient_id = "abc"\nscope = "a b"', r"\.user_pool\.scope: .*pattern"),
    ],
)  # fmt: skip
def test_an_invalid_user_pool_is_reported_in_one_line(
    text: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=rf"{PROD}{message}") as error:
        load(project(tmp_path, answers=COGNITO, team=pool(text)))
    assert "\n" not in str(error.value)


def test_an_environment_without_an_account_accepts_any_account(tmp_path: Path) -> None:
    answers = COGNITO.replace("333333333333", "000000000000")
    team = domain(f'name = "a.example.com"\ncertificate_arn = "{CERTIFICATE}"') + pool(
        f'arn = "{POOL}"'
    )
    assert load(project(tmp_path, answers=answers, team=team)).environments["prod"].user_pool


def test_an_error_in_an_answered_domain_names_answers_toml(tmp_path: Path) -> None:
    answers = ANSWERS + domain('name = "a.example.com"')
    with pytest.raises(ConfigError, match=r"answers\.toml: environments\.prod\.domain: needs"):
        load(project(tmp_path, answers=answers))
