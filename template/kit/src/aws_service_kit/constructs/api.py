"""A REST API as the guideline wants it (sections 5, 6 and 9)."""

from __future__ import annotations

import json
import re
from itertools import chain, count
from typing import TYPE_CHECKING

import jsii
from aws_cdk import (
    CfnOutput,
    CrossStackReferences,
    Duration,
    IStableStringProducer,
    Lazy,
    ReferenceStrength,
    Stack,
)
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from aws_service_kit.constructs.acknowledge import acknowledge
from aws_service_kit.constructs.alarms import add_alarm
from aws_service_kit.constructs.arguments import check
from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.gateway_responses import CORRELATION_HEADER, add_gateway_responses
from aws_service_kit.constructs.json_schema import draft_4
from aws_service_kit.constructs.log_group import LogGroup
from aws_service_kit.constructs.route import RequestParameter, Route, preflight_headers
from aws_service_kit.constructs.stateful import pin_logical_id
from aws_service_kit.constructs.user_pool import UserPool
from aws_service_kit.constructs.waf import WebFirewall
from aws_service_kit.constructs.widgets import Widget
from aws_service_kit.runtime import idempotency

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from aws_service_kit.constructs.function import ServiceFunction
    from aws_service_kit.constructs.service import Service

# The last part of the API's URL; in every environment the same, as it is part of logical ids.
STAGE_NAME = "v1"

# API Gateway answers 504 at 29 s: a function that still works then does so for nobody.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
LONGEST_TIMEOUT = Duration.seconds(28)

# What finds and times a request, and nothing that tells who sent what: no address, no query.
ACCESS_LOG_FIELDS = {
    # The one that only the gateway writes: callers can set `$context.requestId`, to anything.
    "requestId": "$context.extendedRequestId",
    "requestTime": "$context.requestTime",
    "httpMethod": "$context.httpMethod",
    "resourcePath": "$context.resourcePath",
    "status": "$context.status",
    "responseType": "$context.error.responseType",
    "responseLatency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "integrationStatus": "$context.integration.status",
    "responseLength": "$context.responseLength",
    "wafResponseCode": "$context.wafResponseCode",
    "xrayTraceId": "$context.xrayTraceId",
}

# What any route takes, whether it declares it or not.
CORS_REQUEST_HEADERS = ("Content-Type", idempotency.HEADER, CORRELATION_HEADER)
CORS_RESPONSE_HEADERS = [idempotency.REPLAYED_HEADER, CORRELATION_HEADER]


class RestApi(Construct):
    """A regional REST API: authenticated, validated, throttled, logged, traced and alarmed.

    API Gateway writes logs through a role of the account that no service creates; the page on the
    first deployment tells who does.

    Args:
        service: The environment's service.

    Attributes:
        api: The API itself.
        routes: Every route added so far.
        user_pool: The callers, with Cognito; None with IAM.
    """

    def __init__(self, scope: Construct, construct_id: str, *, service: Service) -> None:
        super().__init__(scope, construct_id)
        self._service = service
        self.routes: list[Route] = []
        self.api = self._add_api()
        pin_logical_id(self.api, construct_id)
        self._validator = self.api.add_request_validator(
            "Validator", validate_request_body=True, validate_request_parameters=True
        )
        self.user_pool = self._add_user_pool()
        self._authorizer = self._add_authorizer()
        add_gateway_responses(self.api, allow_origin=self._refusals_origin())
        self._keep_execution_logs()
        self._add_firewall()
        self._add_alarms()
        self._add_widgets()
        self._add_outputs()

    def add_route(
        self,
        route: str,
        function: ServiceFunction,
        *,
        responses: Mapping[int, type[BaseModel] | None],
        body: type[BaseModel] | None = None,
        query: Mapping[str, RequestParameter] | None = None,
        headers: Mapping[str, RequestParameter] | None = None,
        public: bool = False,
        operation: str | None = None,
    ) -> None:
        """Answer a route with a function, of this stack or another.

        The method stands in the API's stack, which then comes after the function's; so nothing of
        the function may refer to the API (kit/guides/many-routes.md).

        Args:
            route: Method and path, such as `GET /requests/{id}`.
            function: Answers it, through its alias.
            responses: What each status answers, for the documentation; None is an empty body. What
                API Gateway itself answers needn't be named.
            body: What the request's body must match.
            query: Query parameters by name.
            headers: Headers by name.
            public: Anybody may call it; otherwise the caller proves who they are.
            operation: Names the operation in the documentation, unique in the API; by default the
                function's construct id, with a number if another route has that.

        Raises:
            ArgumentError: The function could work longer than API Gateway waits, or the operation's
                name is taken.
        """
        longest = LONGEST_TIMEOUT.to_seconds()
        check(
            function,
            function.timeout.to_seconds() <= longest,
            f"behind an API, at most {longest:g} s",
        )
        method, _, path = route.partition(" ")
        added = Route(
            method=method,
            path=path,
            operation=self._operation(operation, function),
            body=body,
            responses=responses,
            query=query or {},
            headers=headers or {},
            public=public,
        )
        resource = self._add_method(added, function)
        if Stack.of(function).node.path != Stack.of(self).node.path:
            self._reach_into_another_stack(function, resource, added)
        self.routes.append(added)
        if body is not None:
            limit = self._service.config.api.max_body_kb * 1024
            function.add_environment("MAX_BODY_BYTES", str(limit))
        origins = self._service.environment.cors_allow_origins
        if origins:
            function.add_environment("CORS_ALLOW_ORIGINS", ",".join(origins))

    def _operation(self, given: str | None, function: ServiceFunction) -> str:
        taken = {route.operation for route in self.routes}
        if given is None:
            name = function.node.id
            numbered = (f"{name}{number}" for number in count(2))
            return next(one for one in chain([name], numbered) if one not in taken)
        check(self, given not in taken, f"another route has the operation {given!r}")
        return given

    @property
    def preflight_headers(self) -> list[str]:
        """The headers that a browser may send, with CORS."""
        configured = self._service.environment.cors_allow_headers
        return preflight_headers(self.routes, *CORS_REQUEST_HEADERS, *configured)

    def _add_api(self) -> apigateway.RestApi:
        environment = self._service.environment
        api = apigateway.RestApi(
            self,
            "Rest",
            # Not unique and not an identity, but the dimension of the API's metrics.
            rest_api_name=f"{self._service.name}-{environment.name}",
            description=self._service.config.service.description,
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            # An account-wide singleton: not a service's to make.
            cloud_watch_role=False,
            default_cors_preflight_options=self._cors(),
            deploy_options=apigateway.StageOptions(
                stage_name=STAGE_NAME,
                throttling_rate_limit=environment.api_rate_per_second,
                throttling_burst_limit=environment.api_burst,
                tracing_enabled=True,
                metrics_enabled=True,
                logging_level=apigateway.MethodLoggingLevel.ERROR,
                data_trace_enabled=False,
                access_log_destination=apigateway.LogGroupLogDestination(
                    LogGroup(self, "AccessLogs", service=self._service)
                ),
                access_log_format=apigateway.AccessLogFormat.custom(json.dumps(ACCESS_LOG_FIELDS)),
            ),
        )
        # TLS 1.2 with forward secrecy, or 1.3; the host name must be the API's own.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
        cfn = cfn_resource(api, apigateway.CfnRestApi)
        cfn.security_policy = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
        cfn.endpoint_access_mode = "STRICT"
        return api

    def _cors(self) -> apigateway.CorsOptions | None:
        origins = self._service.environment.cors_allow_origins
        if not origins:
            return None
        return apigateway.CorsOptions(
            allow_origins=list(origins),
            allow_headers=[Lazy.string(_PreflightHeaders(self))],
            expose_headers=CORS_RESPONSE_HEADERS,
            max_age=Duration.hours(1),
        )

    def _refusals_origin(self) -> str | None:
        origins = self._service.environment.cors_allow_origins
        if len(origins) > 1:
            # A gateway response can name one origin only, and a refusal holds nothing of anybody's.
            return "*"
        return next(iter(origins), None)

    def _add_user_pool(self) -> UserPool | None:
        if self._service.config.api.authentication == "iam":
            return None
        return UserPool(self, f"{self.node.id}Users", service=self._service)

    def _add_authorizer(self) -> apigateway.CognitoUserPoolsAuthorizer | None:
        if self.user_pool is None:
            acknowledge(
                self.api,
                {"AwsSolutions-COG4": "Callers sign with IAM credentials, as the answers choose."},
            )
            return None
        return apigateway.CognitoUserPoolsAuthorizer(
            self, "Authorizer", cognito_user_pools=[self.user_pool.pool]
        )

    def _add_method(self, route: Route, function: ServiceFunction) -> apigateway.Method:
        resource = self.api.root.resource_for_path(route.path)
        _refuse_other_media_types(resource)
        method = resource.add_method(
            route.method,
            apigateway.LambdaIntegration(function.alias, allow_test_invoke=False),
            authorization_type=self._authorization(route),
            authorizer=None if route.public else self._authorizer,
            request_validator=self._validator,
            request_models=self._request_models(route),
            request_parameters={
                **{f"method.request.path.{name}": True for name in route.path_parameters},
                **_request_parameters("querystring", route.query),
                **_request_parameters("header", route.headers),
            },
        )
        if route.public:
            reason = "A public route: it answers anybody, and tells nothing of the service's data."
            acknowledge(method, {"AwsSolutions-APIG4": reason, "AwsSolutions-COG4": reason})
        return method

    def _reach_into_another_stack(
        self, function: ServiceFunction, method: apigateway.Method, route: Route
    ) -> None:
        # An import would keep the function's stack from removing it together with its route. The
        # export stays, since the API's deployed stack may still import it.
        CrossStackReferences.of(function.alias).produce(ReferenceStrength.BOTH)
        # A route that moves to another function is deployed when it may call that one. So the
        # permission names the stage by its text: a reference would have it wait for the stage.
        path = re.sub("{[^}]*}", "*", route.path)
        for permission in method.node.children:
            if isinstance(permission, lambda_.CfnPermission):
                arn = self.api.arn_for_execute_api(route.method, path, STAGE_NAME)
                permission.source_arn = arn
                if self.api.latest_deployment is not None:
                    self.api.latest_deployment.node.add_dependency(permission)

    def _authorization(self, route: Route) -> apigateway.AuthorizationType:
        if route.public:
            return apigateway.AuthorizationType.NONE
        if self._authorizer is None:
            return apigateway.AuthorizationType.IAM
        return apigateway.AuthorizationType.COGNITO

    def _request_models(self, route: Route) -> dict[str, apigateway.IModel]:
        if route.body is None:
            return {}
        schema = draft_4(route.body)
        resource = apigateway.CfnModel(
            self,
            f"{route.operation}Body",
            rest_api_id=self.api.rest_api_id,
            content_type="application/json",
            schema=schema,
        )
        # A deployment is a snapshot: another schema needs another one.
        deployment = self.api.latest_deployment
        if deployment is not None:
            deployment.node.add_dependency(resource)
            deployment.add_to_logical_id({"model": schema})
        model = apigateway.Model.from_model_name(self, f"{route.operation}Model", resource.ref)
        return {"application/json": model}

    def _keep_execution_logs(self) -> None:
        # API Gateway would make the group under this name itself, and keep it for ever.
        name = f"API-Gateway-Execution-Logs_{self.api.rest_api_id}/{STAGE_NAME}"
        logs = LogGroup(self, "ExecutionLogs", service=self._service, name=name)
        self.api.deployment_stage.node.add_dependency(logs)

    def _add_firewall(self) -> None:
        stage = self.api.deployment_stage
        environment = self._service.environment
        if environment.waf:
            WebFirewall(
                self,
                "Firewall",
                stage=stage,
                rate_per_second=environment.api_rate_per_second,
                burst=environment.api_burst,
                max_body_kb=self._service.config.api.max_body_kb,
            )
        else:
            acknowledge(
                stage,
                {"AwsSolutions-APIG3": "This environment's configuration goes without a firewall."},
            )

    def _add_alarms(self) -> None:
        stage = self.api.deployment_stage
        thresholds = self._service.environment.alarms
        minute = Duration.minutes(1)
        add_alarm(
            self,
            "ServerErrors",
            service=self._service,
            metric=stage.metric_server_error(period=minute, statistic="Sum"),
            threshold=thresholds.api_server_errors_per_minute,
            description="The API answers 5xx: find the request ids in its access log.",
        )
        add_alarm(
            self,
            "Latency",
            service=self._service,
            metric=stage.metric_latency(period=minute, statistic="p95"),
            threshold=thresholds.api_latency_p95_ms,
            description="The API is slow at p95: compare the latencies in its access log.",
            minutes=5,
        )

    def _add_widgets(self) -> None:
        stage = self.api.deployment_stage
        shown = {
            "requests": [
                stage.metric_count(),
                stage.metric_client_error(),
                stage.metric_server_error(),
            ],
            "latency": [
                stage.metric_latency(statistic=statistic, label=statistic)
                for statistic in ("p50", "p95")
            ],
        }
        self._service.widgets.extend(
            Widget(kind="API", name=self.node.id, shows=shows, metrics=metrics)
            for shows, metrics in shown.items()
        )

    def _add_outputs(self) -> None:
        # CDK's own output has a generated name; these are for programs to read.
        self.api.node.try_remove_child("Endpoint")
        _output(self, "ApiUrl", self.api.url)
        if self.user_pool is not None:
            _output(self, "UserPoolId", self.user_pool.pool.user_pool_id)
            _output(self, "UserPoolClientId", self.user_pool.client.user_pool_client_id)


@jsii.implements(IStableStringProducer)
class _PreflightHeaders:
    """The headers that a preflight allows, which are known when every route has been added."""

    def __init__(self, api: RestApi) -> None:
        self._api = api

    def produce(self) -> str:
        return ",".join(self._api.preflight_headers)


def _refuse_other_media_types(resource: apigateway.IResource) -> None:
    """Have the preflights of a path answer 415 to what isn't JSON, where they would answer 500.

    Browsers send a preflight without a media type; what else calls one shouldn't raise an alarm.
    https://github.com/aws/aws-cdk/issues/18297
    """
    each: apigateway.IResource | None = resource
    while each is not None:
        preflight = each.node.try_find_child("OPTIONS")
        if preflight is not None:
            cfn = cfn_resource(preflight, apigateway.CfnMethod)
            cfn.add_property_override("Integration.PassthroughBehavior", "NEVER")
        each = each.parent_resource


def _request_parameters(
    location: str, parameters: Mapping[str, RequestParameter]
) -> dict[str, bool]:
    return {
        f"method.request.{location}.{name}": parameter.required
        for name, parameter in parameters.items()
    }


def _output(scope: Construct, name: str, value: str) -> None:
    CfnOutput(scope, f"{name}Output", value=value).override_logical_id(name)
