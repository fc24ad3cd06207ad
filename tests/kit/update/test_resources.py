import pytest
from aws_service_kit.controls.evidence.resource_types import noun
from aws_service_kit.update.errors import UpdateError
from aws_service_kit.update.resources import IRREPLACEABLE, LOSSES, Difference, reject_losses

TABLE = "AWS::DynamoDB::GlobalTable"


def difference(
    stack: str = "dev/storage", resource_type: str = TABLE, impact: str = "WILL_REPLACE"
) -> Difference:
    return Difference(stack, "Records", resource_type, impact, ("KeySchema",))


@pytest.mark.parametrize("resource_type", sorted(IRREPLACEABLE))
@pytest.mark.parametrize("impact", sorted(LOSSES))
def test_the_loss_of_a_stateful_resource_must_be_confirmed(resource_type: str, impact: str) -> None:
    with pytest.raises(UpdateError, match="--replace storage/Records"):
        reject_losses([difference(resource_type=resource_type, impact=impact)], ())


@pytest.mark.parametrize("impact", ["WILL_CREATE", "WILL_UPDATE", "NO_CHANGE"])
def test_changes_without_a_loss_are_accepted(impact: str) -> None:
    reject_losses([difference(impact=impact)], ())


@pytest.mark.parametrize(
    ("resource_type", "words"),
    [
        ("AWS::RDS::DBInstance", "the database would be replaced"),
        ("AWS::ApiGateway::RestApi", "the API would be replaced"),
        ("AWS::Cognito::UserPoolClient", "the user pool client would be replaced"),
    ],
)
def test_the_error_names_the_resources(resource_type: str, words: str) -> None:
    with pytest.raises(UpdateError, match=words):
        reject_losses([difference(resource_type=resource_type)], ())


def test_every_irreplaceable_type_has_a_name() -> None:
    assert {
        resource_type for resource_type in IRREPLACEABLE if noun(resource_type) == "resource"
    } == set()


def test_stateless_resources_may_be_removed() -> None:
    reject_losses([difference(resource_type="AWS::Lambda::Function", impact="WILL_DESTROY")], ())


def test_a_confirmed_loss_applies_to_every_environment() -> None:
    losses = [difference("dev/storage"), difference("prod/storage", impact="WILL_ORPHAN")]
    reject_losses(losses, ["storage/Records"])


def test_the_error_shows_effect_environment_and_cause() -> None:
    losses = [difference("dev/storage"), difference("prod/storage", impact="WILL_ORPHAN")]
    with pytest.raises(UpdateError) as error:
        reject_losses(losses, ())
    assert (
        "  storage/Records: the table would be replaced in dev; left without a stack in prod, "
        "by KeySchema\n"
    ) in str(error.value)


def test_an_unknown_name_is_rejected() -> None:
    reason = "--replace storage/Rekords: the update deletes no stateful resource"
    with pytest.raises(UpdateError, match=reason):
        reject_losses([difference()], ["storage/Records", "storage/Rekords"])
