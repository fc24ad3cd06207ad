"""A customer managed key encrypts all resources, and doesn't replace any."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aws_cdk import App, Validations
from aws_service_kit.app.synthesis import build_environment, empty_app
from aws_service_kit.config import EnvironmentName, ServiceConfig
from aws_service_kit.controls.catalog.cdk import Components
from aws_service_kit.controls.catalog.data import KEYS, CustomerKey
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.local.app import local_environment
from aws_service_kit.project import ROOT
from aws_service_kit.testing.synthesis import Synthesized, with_environment
from cdk_nag import HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks

ENVIRONMENT: EnvironmentName = "prod"

# Properties that a change of the key updates without replacement.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
IN_PLACE = {
    "AWS::DynamoDB::GlobalTable": {"Replicas"},
    "AWS::Events::Archive": {"KmsKeyIdentifier"},
    "AWS::Events::EventBus": {"KmsKeyIdentifier"},
    "AWS::IAM::Policy": {"PolicyDocument"},
    "AWS::IAM::Role": {"Policies"},
    # The aliases point to the new versions.
    "AWS::Lambda::Alias": {"FunctionVersion"},
    "AWS::Lambda::Function": {"KmsKeyArn"},
    "AWS::Logs::LogGroup": {"KmsKeyId"},
    "AWS::S3::Bucket": {"BucketEncryption"},
    "AWS::SNS::Topic": {"KmsMasterKeyId"},
    "AWS::SQS::Queue": {"KmsMasterKeyId", "SqsManagedSseEnabled"},
    "AWS::SecretsManager::Secret": {"KmsKeyId"},
    "AWS::StepFunctions::StateMachine": {"EncryptionConfiguration"},
}
# Replaced with every change of a function.
VERSION = "AWS::Lambda::Version"

# Prefixes of the rules' names.
PACKS = ("HIPAA.Security-", "NIST.800.53.R5-", "PCI.DSS.321-")
ABOUT_ENCRYPTION = re.compile("Encrypt|KMS")
# The API keeps no cache that could be encrypted.
NOT_KEPT = "APIGWCacheEnabledAndEncrypted"


def built(config: ServiceConfig, bundle: Path, outdir: Path) -> App:
    """Return the app in prod, without the validation that `test_checks.py` tests."""
    app = empty_app(outdir, validation=False)
    build_environment(app, config=config, name=ENVIRONMENT, bundle=bundle)
    return app


@pytest.fixture(scope="module")
def encrypted(
    config: ServiceConfig, bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> Synthesized:
    """The service in prod with a customer managed key, checked with stricter rule packs."""
    outdir = tmp_path_factory.mktemp("assembly")
    app = built(with_environment(config, ENVIRONMENT, encryption="customer"), bundle, outdir)
    Validations.of(app).add_plugins(
        HIPAASecurityChecks(app), NIST80053R5Checks(app), PCIDSS321Checks(app)
    )
    # These rule packs require more than this template's guideline.
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    return Synthesized(outdir, (ENVIRONMENT,))


@pytest.fixture(scope="module")
def plain(
    config: ServiceConfig, bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> Synthesized:
    """The service in prod with AWS's keys."""
    outdir = tmp_path_factory.mktemp("assembly")
    built(with_environment(config, ENVIRONMENT, encryption="aws"), bundle, outdir).synth()
    return Synthesized(outdir, (ENVIRONMENT,))


def test_the_rule_packs_have_no_findings_about_encryption(encrypted: Synthesized) -> None:
    rules = {finding["ruleName"] for finding in encrypted.findings("violations")}
    assert any(rule.startswith(PACKS) for rule in rules)
    found = {rule for rule in rules if ABOUT_ENCRYPTION.search(rule)}
    assert {rule for rule in found if not rule.endswith(NOT_KEPT)} == set()


def test_all_resources_are_encrypted_with_the_customer_key(
    encrypted: Synthesized, tmp_path: Path
) -> None:
    team = tmp_path / "infrastructure" / "config" / "team.toml"
    team.parent.mkdir(parents=True)
    team.write_text(f'[environments.{ENVIRONMENT}]\nencryption = "customer"\n', encoding="utf-8")
    today = datetime.now(UTC).date()
    judgements = list(CustomerKey().judge(Evidence(tmp_path, today, encrypted.folder)))
    # Resources without constructs of the kit are the team's task. The control reports them.
    by_hand = {
        Path(module.subject).stem
        for module in Components().judge(Evidence(ROOT, today))
        if module.fault
    }
    faults = {judgement.subject for judgement in judgements if judgement.fault}
    assert {subject for subject in faults if subject.partition("/")[0] not in by_hand} == set()
    resource_types = {resource.kind for resource in encrypted.resources()}
    assert {judgement.type for judgement in judgements} == resource_types & KEYS.keys()


def test_switching_to_a_customer_key_replaces_no_resource(
    encrypted: Synthesized, plain: Synthesized
) -> None:
    after = {resource.name: resource for resource in encrypted.resources()}
    for resource in plain.resources():
        if resource.kind == VERSION:
            continue
        changed = after.pop(resource.name)
        differing = {
            name
            for name in resource.properties.keys() | changed.properties.keys()
            if resource.properties.get(name) != changed.properties.get(name)
        }
        assert changed.kind == resource.kind
        assert differing <= IN_PLACE.get(resource.kind, set()), resource.name
    made = {resource.kind for resource in after.values()}
    assert made - {VERSION} == {"AWS::KMS::Alias", "AWS::KMS::Key"}


def test_with_keys_of_aws_there_is_no_key_stack(plain: Synthesized) -> None:
    names = [stack.stack_name for stack in plain.stacks(ENVIRONMENT)]
    assert not [name for name in names if name.endswith("-encryption")]
    assert "EncryptionKey" not in json.dumps(
        [resource.properties for resource in plain.resources()]
    )


def test_a_local_environment_has_no_customer_key(config: ServiceConfig) -> None:
    chosen = with_environment(config, "dev", encryption="customer")
    assert local_environment(chosen).encryption == "aws"
