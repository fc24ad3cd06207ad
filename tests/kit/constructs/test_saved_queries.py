from collections import Counter
from typing import Any

import pytest
from aws_cdk import Duration
from aws_cdk.assertions import Template
from aws_service_kit.constructs import saved_queries
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.saved_queries import QUERIES, SavedQueries
from aws_service_kit.testing.synthesis import MakeStack


def queries_over(functions: int, make_stack: MakeStack) -> list[dict[str, Any]]:
    stack, _ = make_stack()
    for number in range(functions):
        Function(
            stack,
            f"Sample{number}",
            handler="service.handlers.sample.handler",
            memory_mb=256,
            timeout=Duration.seconds(5),
        )
    SavedQueries(stack, "Queries")
    template = Template.from_stack(stack)
    groups = template.find_resources("AWS::Logs::LogGroup")
    found = [
        query["Properties"]
        for query in template.find_resources("AWS::Logs::QueryDefinition").values()
    ]
    asked = [name["Ref"] for query in found for name in query["LogGroupNames"]]
    assert Counter(asked) == Counter(dict.fromkeys(groups, len(QUERIES)))
    return found


def test_queries_cover_the_logs_of_all_functions(make_stack: MakeStack) -> None:
    queries = queries_over(2, make_stack)
    assert {query["Name"].removeprefix("payments/dev/") for query in queries} == {
        "errors by operation and code",
        "cold starts",
        "cost in GB-seconds",
        "one request",
    }


def test_more_functions_than_the_limit_get_further_queries(
    make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_queries, "LOG_GROUPS_OF_A_QUERY", 2)
    queries = queries_over(3, make_stack)
    assert max(len(query["LogGroupNames"]) for query in queries) == 2
    assert {"payments/dev/cold starts", "payments/dev/cold starts 2"} < {
        query["Name"] for query in queries
    }


def test_a_query_declares_its_parameters(make_stack: MakeStack) -> None:
    for query in queries_over(1, make_stack):
        named = "{{correlation_id}}" in str(query["QueryString"])
        given = [parameter["Name"] for parameter in query.get("Parameters", [])]
        assert given == (["correlation_id"] if named else [])


def test_without_functions_there_are_no_queries(make_stack: MakeStack) -> None:
    assert queries_over(0, make_stack) == []
