"""The API of environments. No answer holds the value of a secret."""

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from deployments.actions import (
    change_environment,
    create_environment,
    delete_environment,
    delete_secret,
    set_secret,
)
from deployments.actions.environment_rules import LONGEST_VALUE, SHORTEST_SECRET
from deployments.models import Deployment, Environment, EnvironmentSecret, EnvironmentVariable
from dragops_site import jsontext
from dragops_site.accounts.roles import Role
from dragops_site.api import Answer, ApiRequest, ApiView, PageQuery, page_of, read
from dragops_site.api_fields import Moment, StrictBoolean, StrictChar
from dragops_site.api_schema import PAGE_META
from dragops_site.errors import NotFound
from dragops_site.ids import parse_id


# --- What it takes and shows ------------------------------------------------------------------------------------------
class EnvironmentRow(serializers.Serializer):
    """An environment in the list."""

    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    isDefault = serializers.BooleanField(
        source="is_default", help_text="That of deployments which name none, and of test runs of patterns without one."
    )
    variableCount = serializers.IntegerField(source="variable_count")
    secretCount = serializers.IntegerField(source="secret_count")
    deploymentCount = serializers.IntegerField(source="deployment_count", help_text="Deployments that name it.")
    createdAt = Moment(source="created_at")
    updatedAt = Moment(source="updated_at")


class StoredSecret(serializers.Serializer):
    """A secret without its value, which is not to be had."""

    name = serializers.CharField()
    updatedAt = Moment(source="updated_at")


class EnvironmentData(EnvironmentRow):
    variables = serializers.SerializerMethodField(help_text="Values by name.")
    secrets = StoredSecret(many=True)

    def get_variables(self, environment: Environment) -> dict[str, str]:
        return dict(environment.variables.values_list("name", "value"))


class EnvironmentChange(serializers.Serializer):
    """What is not given stays as it is."""

    name = StrictChar(required=False)
    description = StrictChar(required=False, allow_blank=True)
    isDefault = StrictBoolean(source="is_default", required=False)
    variables = serializers.DictField(
        child=StrictChar(allow_blank=True, allow_null=True, trim_whitespace=False),
        required=False,
        help_text="Values by name; null removes a variable, and those that are not named stay.",
    )


class NewEnvironment(EnvironmentChange):
    """An environment that is to be."""

    name = StrictChar()


class VariableValue(serializers.Serializer):
    value = StrictChar(allow_blank=True, trim_whitespace=False, help_text=f"At most {LONGEST_VALUE:,} characters.")


class VariableData(serializers.Serializer):
    name = serializers.CharField()
    value = serializers.CharField()


class NamingDeployment(serializers.Serializer):
    """A deployment that names the environment."""

    deploymentId = serializers.CharField(source="pk")
    name = serializers.CharField(source="pattern.name")
    status = serializers.ChoiceField(Deployment.Status.values)
    versionNumber = serializers.IntegerField(source="version.number", allow_null=True, default=None)


class SecretValue(serializers.Serializer):
    value = StrictChar(
        trim_whitespace=False,
        write_only=True,
        help_text=f"{SHORTEST_SECRET} to {LONGEST_VALUE:,} characters. Never shown again.",
    )


EXAMPLE = OpenApiExample(
    "Production",
    value={
        "name": "Production",
        "description": "What customers see.",
        "isDefault": True,
        "variables": {"API": "https://api.example.com", "REGION": "eu"},
    },
    request_only=True,
)
CHANGE = OpenApiExample(
    "One variable set, one removed", value={"variables": {"REGION": "us", "OLD": None}}, request_only=True
)
SECRET = OpenApiExample("A key", value={"value": "sk_test_4eC39H"}, request_only=True)


# --- What it finds ----------------------------------------------------------------------------------------------------
def with_counts() -> QuerySet[Environment]:
    """Environments with how much is in each, in one query."""
    return Environment.objects.annotate(
        variable_count=_count(EnvironmentVariable),
        secret_count=_count(EnvironmentSecret),
        deployment_count=_count(Deployment),
    )


def _count(model: Any) -> Coalesce:
    found = model.objects.filter(environment=OuterRef("pk")).order_by().values("environment")
    return Coalesce(Subquery(found.annotate(count=Count("pk")).values("count"), output_field=IntegerField()), 0)


def find_environment(environment_id: str) -> Environment:
    """Raises NotFound (ENVIRONMENT_NOT_FOUND)."""
    key = parse_id(environment_id)
    found = with_counts().filter(pk=key).first() if key else None
    if found is None:
        raise NotFound("There is no such environment.", code="ENVIRONMENT_NOT_FOUND")
    return found


# --- The views --------------------------------------------------------------------------------------------------------
class EnvironmentsView(ApiView):
    roles = {"GET": Role.VIEWER, "POST": Role.EDITOR}

    @extend_schema(
        summary="Environments", parameters=[PageQuery], responses=EnvironmentRow(many=True), extensions=PAGE_META
    )
    def get(self, request: Request) -> Answer:
        """By name."""
        page = page_of(with_counts().order_by("name"), read(PageQuery, request.query_params))
        return Answer(EnvironmentRow(page.rows, many=True).data, meta=page.meta)

    @extend_schema(
        summary="Create an environment", request=NewEnvironment, responses={201: EnvironmentData}, examples=[EXAMPLE]
    )
    def post(self, request: ApiRequest) -> Answer:
        """409 CONFLICT where the name is taken."""
        made = create_environment(request.user, **read(NewEnvironment, request.data))
        return _answer(str(made.pk), status=201)


class EnvironmentView(ApiView):
    roles = {"GET": Role.VIEWER, "PATCH": Role.EDITOR, "DELETE": Role.ADMIN}

    @extend_schema(summary="An environment", responses=EnvironmentData)
    def get(self, request: Request, environment_id: str) -> Answer:
        """With its variables, and its secrets by name."""
        return _answer(environment_id)

    @extend_schema(
        summary="Change an environment", request=EnvironmentChange, responses=EnvironmentData, examples=[CHANGE]
    )
    def patch(self, request: ApiRequest, environment_id: str) -> Answer:
        """All of it or nothing. Runs that start from now on read the new values. Making it the default one takes that
        from the one that was; 409 CONFLICT where the name is taken."""
        found = find_environment(environment_id)
        if changes := read(EnvironmentChange, request.data):
            change_environment(found, request.user, **changes)
        return _answer(environment_id)

    @extend_schema(summary="Delete an environment", request=None, responses={204: None})
    def delete(self, request: ApiRequest, environment_id: str) -> Answer:
        """With its variables and secrets. 409 CONFLICT where deployments name it."""
        delete_environment(find_environment(environment_id), request.user)
        return Answer(status=204, bare=True)


class VariableView(ApiView):
    roles = {"PUT": Role.EDITOR, "DELETE": Role.EDITOR}

    @extend_schema(summary="Set a variable", request=VariableValue, responses=VariableData)
    def put(self, request: ApiRequest, environment_id: str, name: str) -> Answer:
        """A new one or another value. Runs that start from now on read it."""
        value = read(VariableValue, request.data)["value"]
        change_environment(find_environment(environment_id), request.user, variables={name: value})
        return Answer({"name": name, "value": value})

    @extend_schema(summary="Remove a variable", request=None, responses={204: None})
    def delete(self, request: ApiRequest, environment_id: str, name: str) -> Answer:
        """404 VARIABLE_NOT_FOUND where there is none of this name."""
        found = find_environment(environment_id)
        if not found.variables.filter(name=jsontext.clean(name)).exists():
            raise NotFound("There is no such variable in this environment.", code="VARIABLE_NOT_FOUND")
        change_environment(found, request.user, variables={name: None})
        return Answer(status=204, bare=True)


class EnvironmentDeploymentsView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(
        summary="Deployments of an environment",
        parameters=[PageQuery],
        responses=NamingDeployment(many=True),
        extensions=PAGE_META,
    )
    def get(self, request: Request, environment_id: str) -> Answer:
        """Those that name it, by the names of their patterns; others use it where it is the default one."""
        rows = find_environment(environment_id).deployments.select_related("pattern", "version")
        rows = rows.defer("pattern__graph").order_by("pattern__name", "pattern_id")
        page = page_of(rows, read(PageQuery, request.query_params))
        return Answer(NamingDeployment(page.rows, many=True).data, meta=page.meta)


class SecretView(ApiView):
    roles = {"PUT": Role.ADMIN, "DELETE": Role.ADMIN}

    @extend_schema(summary="Set a secret", request=SecretValue, responses=StoredSecret, examples=[SECRET])
    def put(self, request: ApiRequest, environment_id: str, name: str) -> Answer:
        """A new one or another value. Runs that start from now on read it; logs mask it from now on."""
        found = find_environment(environment_id)
        row = set_secret(found, name, read(SecretValue, request.data)["value"], request.user)
        return Answer(StoredSecret(row).data)

    @extend_schema(summary="Delete a secret", request=None, responses={204: None})
    def delete(self, request: ApiRequest, environment_id: str, name: str) -> Answer:
        """404 SECRET_NOT_FOUND where there is none of this name."""
        delete_secret(find_environment(environment_id), name, request.user)
        return Answer(status=204, bare=True)


def _answer(environment_id: str, status: int = 200) -> Answer:
    data: Any = EnvironmentData(find_environment(environment_id)).data
    return Answer(data, status=status)
