"""A REST API in API Gateway (guideline, sections 5, 6 and 9)."""

from __future__ import annotations

import json
import re
from functools import cached_property
from itertools import chain, count
from typing import TYPE_CHECKING, TypedDict

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
from aws_service_kit.constructs.api_domain import (
    ACCESS_MODE,
    SECURITY_POLICY_NAME,
    ApiDomain,
)
from aws_service_kit.constructs.arguments import require, whole_days
from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.existing_user_pool import ExistingUserPool
from aws_service_kit.constructs.gateway_responses import CORRELATION_HEADER, add_gateway_responses
from aws_service_kit.constructs.json_schema import draft_4
from aws_service_kit.constructs.log_group import LogGroup
from aws_service_kit.constructs.route import RequestParameter, Route, preflight_headers
from aws_service_kit.constructs.stateful import pin_logical_id
from aws_service_kit.constructs.user_pool import UserPool
from aws_service_kit.constructs.values import key_of_team
from aws_service_kit.constructs.waf import WebAcl
from aws_service_kit.constructs.widgets import Widget
from aws_service_kit.runtime import idempotency
from aws_service_kit.runtime.environment_variables import WEBHOOK_SECRET_ARN
from aws_service_kit.runtime.received import Received

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from pydantic import BaseModel

    from aws_service_kit.constructs.environment import Former
    from aws_service_kit.constructs.function import Function
    from aws_service_kit.constructs.secret import GeneratedSecret
    from aws_service_kit.constructs.table import Table

# Stage name, the last part of the API's URL. It is part of logical ids, so it never changes.
STAGE_NAME = "v1"

# API Gateway's default time-out of an integration.
# https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html
DEFAULT_INTEGRATION_TIMEOUT_SECONDS = 29

# Overhead of invoking a function and reading its response. After API Gateway's time-out the caller
# gets a 504, and work done after that is wasted.
INTEGRATION_GRACE_SECONDS = 1

# Fields that identify and time a request. Personal data, such as address and query, are left out.
ACCESS_LOG_FIELDS = {
    # Only API Gateway sets this one. Callers can set `$context.requestId` to any value.
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

# Days for which a webhook's deliveries are remembered.
REMEMBERED_DAYS = 30

# Parameters of every route, declared or not.
CORS_REQUEST_HEADERS = ("Content-Type", idempotency.HEADER, CORRELATION_HEADER)
CORS_RESPONSE_HEADERS = [idempotency.REPLAYED_HEADER, CORRELATION_HEADER]


class _Parts(TypedDict):
    method: str
    path: str


class RestApi(Construct):
    """A regional REST API with authentication, validation, throttling, logs, traces and alarms.

    API Gateway writes logs with a role that is set once per account and region. Services don't
    create it (kit/guides/first-deployment.md).

    Example:
        ```python
        api = RestApi(stack, "Api")
        api.add_route("GET /orders/{id}", function, responses={200: OrderView})
        ```

    Args:
        custom_domain: Use the environment's custom domain, if the configuration has one. Only one
            API of an environment can use it.

    Attributes:
        api: CDK's REST API.
        routes: Every route added so far.
        user_pool: The callers' Cognito user pool; None with IAM.
        domain: The custom domain, if the API has one.
        url: The API's base URL, with a slash at the end.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        custom_domain: bool = True,
        **former: Unpack[Former],
    ) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
        self._environment = environment
        self._domain_settings = environment.settings.domain if custom_domain else None
        self.routes: list[Route] = []
        self.api = self._add_api()
        pin_logical_id(self.api, construct_id)
        self._validator = self.api.add_request_validator(
            "Validator", validate_request_body=True, validate_request_parameters=True
        )
        self.user_pool = self._add_user_pool()
        if self.user_pool is None:
            reason = "Callers sign with IAM credentials, as configured."
            acknowledge(self.api, {"AwsSolutions-COG4": reason})
        add_gateway_responses(self.api, allow_origin=self._error_origin())
        self._keep_execution_logs()
        self._add_firewall()
        self._add_alarms()
        self._add_widgets()
        self.domain = self._add_domain()
        self.url = self.api.url if self.domain is None else self.domain.url
        self._add_outputs()
        environment.apis.append(self)

    def add_route(
        self,
        route: str,
        function: Function,
        *,
        responses: Mapping[int, type[BaseModel] | None],
        body: type[BaseModel] | None = None,
        query: Mapping[str, RequestParameter] | None = None,
        headers: Mapping[str, RequestParameter] | None = None,
        public: bool = False,
        operation: str | None = None,
    ) -> None:
        """Add a route that is integrated with a function, of this stack or another.

        The method is in the API's stack, which then depends on the function's stack. So the
        function must not refer to the API (kit/guides/many-routes.md).

        Args:
            route: Method and path, such as `GET /requests/{id}`.
            function: The integrated function; the API invokes its alias.
            responses: Model of the response body by status, for the documentation; None is an empty
                body. Responses of API Gateway itself are added automatically.
            body: Model that the request's body must match.
            query: Query parameters by name.
            headers: Headers by name.
            public: Callers aren't authenticated.
            operation: The operation's name in the documentation, unique in the API; by default the
                function's construct id, with a number if another route has that.

        Raises:
            ArgumentError: The function's time-out is longer than API Gateway's; the operation's
                name or the route is taken; or another route has another name for a path parameter.
        """
        self._add_route(
            Route(
                **_parts(route),
                operation=self._operation(operation, function),
                body=body,
                responses=responses,
                query=query or {},
                headers=headers or {},
                public=public,
            ),
            function,
        )

    def add_webhook(
        self,
        route: str,
        function: Function,
        *,
        secret: GeneratedSecret,
        deliveries: Table,
        remember: Duration | None = None,
        headers: Mapping[str, RequestParameter] | None = None,
        operation: str | None = None,
    ) -> None:
        """Add a route for requests that another system signs with a shared secret.

        API Gateway doesn't authenticate the sender. It passes the body on unchanged, and the
        handler verifies the signature. The control P3.authenticated checks that the function has
        such a handler.

        Args:
            route: Method and path, such as `POST /webhooks/payments`.
            function: The integrated function, of one webhook only; its handler is an
                `aws_service_kit.runtime.webhook.webhook`.
            secret: The shared secret. The current and the previous value are valid.
            deliveries: The table in which the handler remembers deliveries. It needs a time to
                live.
            remember: Time for which it remembers them, in whole days; 30 by default. Afterwards, a
                request whose signature has no time stamp can be replayed.
            headers: Headers by name, such as those of the signature, for the documentation.
            operation: As for `add_route`.

        Raises:
            ArgumentError: As for `add_route`; or the route isn't a POST, or the table has no time
                to live.
        """
        parts = _parts(route)
        require(self, parts["method"] == "POST", f"a webhook is a POST, not {route!r}")
        days = whole_days(self, "remember", remember) or REMEMBERED_DAYS
        self._add_route(
            Route(
                **parts,
                operation=self._operation(operation, function),
                body=None,
                responses={200: Received},
                query={},
                headers=headers or {},
                public=True,
                signed=True,
            ),
            function,
        )
        limit = self._environment.config.api.max_body_kb * 1024
        function.add_environment("MAX_BODY_BYTES", str(limit))
        function.add_environment(WEBHOOK_SECRET_ARN, secret.arn)
        secret.grant_read(function)
        deliveries.remember_deliveries(function, days=days)

    def _add_route(self, added: Route, function: Function) -> None:
        settings = self._environment.settings
        longest = settings.api_integration_timeout_seconds - INTEGRATION_GRACE_SECONDS
        require(
            function,
            function.timeout.to_seconds() <= longest,
            f"behind an API, at most {longest:g} s, not {function.timeout.to_seconds():g} s: raise "
            f"the quota, then {key_of_team(self._environment, 'api_integration_timeout_seconds')}, "
            "which is in kit/guides/limits.md",
        )
        resource = self._add_method(added, function)
        if Stack.of(function).node.path != Stack.of(self).node.path:
            self._reach_into_another_stack(function, resource, added)
        self.routes.append(added)
        if added.body is not None:
            limit = self._environment.config.api.max_body_kb * 1024
            function.add_environment("MAX_BODY_BYTES", str(limit))
        origins = self._environment.settings.cors_allow_origins
        if origins:
            function.add_environment("CORS_ALLOW_ORIGINS", ",".join(origins))

    def _operation(self, given: str | None, function: Function) -> str:
        taken = {route.operation for route in self.routes}
        if given is None:
            name = function.node.id
            numbered = (f"{name}{number}" for number in count(2))
            return next(one for one in chain([name], numbered) if one not in taken)
        require(self, given not in taken, f"another route has the operation {given!r}")
        return given

    @property
    def preflight_headers(self) -> list[str]:
        """The headers that a browser may send with CORS."""
        configured = self._environment.settings.cors_allow_headers
        return preflight_headers(self.routes, *CORS_REQUEST_HEADERS, *configured)

    def _add_api(self) -> apigateway.RestApi:
        environment = self._environment.settings
        domain = self._domain_settings
        api = apigateway.RestApi(
            self,
            "Rest",
            # The name needn't be unique; it is the dimension of the API's metrics.
            rest_api_name=f"{self._environment.name}-{environment.name}",
            description=self._environment.config.service.description,
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            # The role is one per account and region, so a service doesn't create it.
            cloud_watch_role=False,
            # A change takes effect only with a new deployment of the API. CDK creates one, since
            # this is a property of the API.
            disable_execute_api_endpoint=(
                None if domain is None or domain.keep_default_endpoint else True
            ),
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
                    LogGroup(self, "AccessLogs")
                ),
                access_log_format=apigateway.AccessLogFormat.custom(json.dumps(ACCESS_LOG_FIELDS)),
            ),
        )
        cfn = cfn_resource(api, apigateway.CfnRestApi)
        cfn.security_policy = SECURITY_POLICY_NAME
        cfn.endpoint_access_mode = ACCESS_MODE
        return api

    def _cors(self) -> apigateway.CorsOptions | None:
        origins = self._environment.settings.cors_allow_origins
        if not origins:
            return None
        return apigateway.CorsOptions(
            allow_origins=list(origins),
            allow_headers=[Lazy.string(_PreflightHeaders(self))],
            expose_headers=CORS_RESPONSE_HEADERS,
            max_age=Duration.hours(1),
        )

    def _error_origin(self) -> str | None:
        origins = self._environment.settings.cors_allow_origins
        if len(origins) > 1:
            # A gateway response can name only one origin, and error responses contain no data of
            # callers.
            return "*"
        return next(iter(origins), None)

    def _add_user_pool(self) -> UserPool | ExistingUserPool | None:
        if self._environment.config.api.authentication == "iam":
            return None
        name = f"{self.node.id}Users"
        settings = self._environment.settings.user_pool
        if settings is None:
            return UserPool(self, name)
        return ExistingUserPool(self, name, settings=settings)

    @cached_property
    def _authorizer(self) -> apigateway.CognitoUserPoolsAuthorizer | None:
        """The user pool's authorizer; the CDK rejects one that no route uses."""
        if self.user_pool is None:
            return None
        return apigateway.CognitoUserPoolsAuthorizer(
            self, "Authorizer", cognito_user_pools=[self.user_pool.pool]
        )

    def _check_path_parameters(self, route: Route) -> None:
        """Check that all routes use the same name for a path parameter in the same position.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
        """
        place: apigateway.IResource | None = self.api.root
        for part in filter(None, route.path.split("/")):
            if place is None:
                return
            if part.startswith("{"):
                for other in (child.node.id for child in place.node.children):
                    require(
                        self,
                        other == part or not other.startswith("{"),
                        f"{route.method} {route.path}: API Gateway allows one parameter name in "
                        f"each position, and another route has {other}: write {other} instead of "
                        f"{part}",
                    )
            place = place.get_resource(part)

    def _add_method(self, route: Route, function: Function) -> apigateway.Method:
        self._check_path_parameters(route)
        resource = self.api.root.resource_for_path(route.path)
        taken = resource.node.try_find_child(route.method) is not None
        require(self, not taken, f"the route {route.method} {route.path} already exists")
        _reject_other_media_types(resource)
        method = resource.add_method(
            route.method,
            apigateway.LambdaIntegration(
                function.alias, allow_test_invoke=False, timeout=self._integration_timeout()
            ),
            authorization_type=self._authorization(route),
            authorizer=None if route.public else self._authorizer,
            authorization_scopes=self._scopes(route),
            request_validator=self._validator,
            request_models=self._request_models(route),
            request_parameters={
                **{f"method.request.path.{name}": True for name in route.path_parameters},
                **_request_parameters("querystring", route.query),
                **_request_parameters("header", route.headers),
            },
        )
        if route.public:
            reason = (
                "The handler authenticates the sender by the request's signature."
                if route.signed
                else "The route is public, and returns none of the service's data."
            )
            acknowledge(method, {"AwsSolutions-APIG4": reason, "AwsSolutions-COG4": reason})
        return method

    def _integration_timeout(self) -> Duration | None:
        seconds = self._environment.settings.api_integration_timeout_seconds
        # The default is left out: each property changes the hash of the API's deployment.
        return None if seconds == DEFAULT_INTEGRATION_TIMEOUT_SECONDS else Duration.seconds(seconds)

    def _reach_into_another_stack(
        self, function: Function, method: apigateway.Method, route: Route
    ) -> None:
        # An import would prevent the function's stack from deleting the function together with its
        # route. The export stays, since the API's deployed stack may still import it.
        CrossStackReferences.of(function.alias).produce(ReferenceStrength.BOTH)
        # A route that moves to another function needs the permission before the stage is deployed.
        # So the permission names the stage as text: a reference would make it wait for the stage.
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
        if self.user_pool is None:
            return apigateway.AuthorizationType.IAM
        return apigateway.AuthorizationType.COGNITO

    def _scopes(self, route: Route) -> list[str] | None:
        if route.public or self.user_pool is None:
            return None
        return list(self.user_pool.scopes) or None

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
        # A deployment is a snapshot, so a changed schema needs a new deployment.
        deployment = self.api.latest_deployment
        if deployment is not None:
            deployment.node.add_dependency(resource)
            deployment.add_to_logical_id({"model": schema})
        model = apigateway.Model.from_model_name(self, f"{route.operation}Model", resource.ref)
        return {"application/json": model}

    def _keep_execution_logs(self) -> None:
        # Otherwise API Gateway creates a log group of this name, without a retention.
        name = f"API-Gateway-Execution-Logs_{self.api.rest_api_id}/{STAGE_NAME}"
        logs = LogGroup(self, "ExecutionLogs", name=name)
        self.api.deployment_stage.node.add_dependency(logs)

    def _add_firewall(self) -> None:
        stage = self.api.deployment_stage
        environment = self._environment.settings
        if environment.waf:
            WebAcl(
                self,
                "Firewall",
                stage=stage,
                rate_per_second=environment.api_rate_per_second,
                burst=environment.api_burst,
                max_body_kb=self._environment.config.api.max_body_kb,
                requests_per_address=environment.waf_requests_per_address,
                managed_rule_groups=environment.waf_managed_rule_groups,
            )
        else:
            acknowledge(
                stage,
                {"AwsSolutions-APIG3": "This environment's configuration has no firewall."},
            )

    def _add_alarms(self) -> None:
        stage = self.api.deployment_stage
        thresholds = self._environment.settings.alarms
        minute = Duration.minutes(1)
        add_alarm(
            self,
            "ServerErrors",
            metric=stage.metric_server_error(period=minute, statistic="Sum"),
            threshold=thresholds.api_server_errors_per_minute,
            description="The API answers 5xx: find the request ids in its access log.",
        )
        add_alarm(
            self,
            "Latency",
            metric=stage.metric_latency(period=minute, statistic="p95"),
            threshold=thresholds.api_latency_p95_ms,
            description="The API is slow at p95: compare the latencies in its access log.",
            minutes=thresholds.api_latency_minutes,
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
        self._environment.widgets.extend(
            Widget(kind="API", name=self.node.id, shows=shows, metrics=metrics)
            for shows, metrics in shown.items()
        )

    def _add_domain(self) -> ApiDomain | None:
        if self._domain_settings is None:
            return None
        return ApiDomain(self, "Domain", settings=self._domain_settings, api=self.api)

    def _add_outputs(self) -> None:
        # Outputs with fixed names, for programs. CDK's output has a generated name.
        self.api.node.try_remove_child("Endpoint")
        _output(self, "ApiUrl", self.url)
        if self.domain is not None:
            _output(self, "ApiDomainTarget", self.domain.target)
        if self.user_pool is not None:
            _output(self, "UserPoolId", self.user_pool.pool.user_pool_id)
            _output(self, "UserPoolClientId", self.user_pool.client.user_pool_client_id)


@jsii.implements(IStableStringProducer)
class _PreflightHeaders:
    """The headers that a preflight allows, resolved after every route has been added."""

    def __init__(self, api: RestApi) -> None:
        self._api = api

    def produce(self) -> str:
        return ",".join(self._api.preflight_headers)


def _reject_other_media_types(resource: apigateway.IResource) -> None:
    """Make a path's preflights return 415 instead of 500 for media types other than JSON.

    Browsers send preflights without a media type. Other callers must not start the 5xx alarm.
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


def _parts(route: str) -> _Parts:
    method, _, path = route.partition(" ")
    return {"method": method, "path": path}


def _output(scope: Construct, name: str, value: str) -> None:
    CfnOutput(scope, f"{name}Output", value=value).override_logical_id(name)
