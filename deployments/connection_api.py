"""The API of connections: credentials go in and never come out."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from deployments.actions import change_connection, create_connection, delete_connection
from deployments.connection_kinds import KINDS
from deployments.models import Connection
from dragops_site.accounts.roles import Role
from dragops_site.api import Answer, ApiRequest, ApiView, Keys, PageQuery, page_of, read
from dragops_site.api_fields import Moment, StrictChar
from dragops_site.api_schema import PAGE_META
from dragops_site.errors import NotFound
from dragops_site.ids import parse_id


# --- What it shows ----------------------------------------------------------------------------------------------------
class ConnectionRow(serializers.Serializer):
    """A connection without its credentials, which are not to be had."""

    id = serializers.CharField()
    provider = serializers.CharField()
    displayName = serializers.CharField(source="name", help_text="By which HTTP Request names it.")
    type = serializers.ChoiceField(list(KINDS))
    status = serializers.ChoiceField(Connection.Status.values)
    createdAt = Moment(source="created_at")
    updatedAt = Moment(source="updated_at")


class ConnectionList(serializers.Serializer):
    connections = ConnectionRow(many=True)


class ConnectionData(ConnectionRow):
    hosts = serializers.ListField(child=serializers.CharField(), help_text="Where it may be sent.")
    settings = serializers.DictField(child=serializers.CharField(), help_text="What of the credentials is no secret.")
    problem = serializers.CharField(help_text="Why it needs attention.")
    lastUsedAt = Moment(source="last_used_at", allow_null=True)


# --- What it takes ----------------------------------------------------------------------------------------------------
def _hosts(**more: Any) -> serializers.ListField:
    told = "`api.example.com` (https), `*.example.com`, `host:8443`, or `http://host`."
    return serializers.ListField(child=StrictChar(help_text=told), allow_empty=False, **more)


class NewConnection(serializers.Serializer):
    displayName = StrictChar()
    provider = StrictChar(required=False, allow_blank=True)
    hosts = _hosts()


class NewApiKey(NewConnection):
    """A key that is sent in a header or in the query."""

    apiKey = StrictChar(source="key", write_only=True)
    place = serializers.ChoiceField(["header", "query"], required=False)
    name = StrictChar(required=False, help_text="Of the header or of the parameter; X-API-Key where it is not given.")
    prefix = StrictChar(required=False, allow_blank=True, help_text="Before the key in the header.")


class NewBearer(NewConnection):
    token = StrictChar(write_only=True)


class NewBasic(NewConnection):
    username = StrictChar()
    password = StrictChar(write_only=True, trim_whitespace=False)


class NewHeaders(NewConnection):
    """Several headers, of which each value is a secret."""

    headers = serializers.DictField(child=StrictChar(), allow_empty=False, write_only=True)


class NewClient(NewConnection):
    """Client credentials, for which an access token is fetched when one is needed."""

    tokenUrl = StrictChar()
    clientId = StrictChar()
    clientSecret = StrictChar(write_only=True)
    scope = StrictChar(required=False, allow_blank=True)
    clientAuth = serializers.ChoiceField(["header", "body"], required=False)


class ConnectionChange(serializers.Serializer):
    """What is not given stays as it is."""

    displayName = StrictChar(required=False)
    provider = StrictChar(required=False, allow_blank=True)
    hosts = _hosts(required=False)
    values = serializers.DictField(
        child=StrictChar(allow_blank=True, trim_whitespace=False),
        required=False,
        write_only=True,
        help_text="Fields of its type by name: key, place, name, prefix; token; username, password; headers (one a "
        "line); tokenUrl, clientId, clientSecret, scope, clientAuth. Where a secret one is given, it replaces the old.",
    )


HOSTS = ["api.example.com"]
API_KEY = OpenApiExample(
    "A key in a header",
    value={"provider": "Example", "displayName": "Example API", "apiKey": "sk_test_4eC39H", "hosts": HOSTS},
    request_only=True,
)
REPLACED = OpenApiExample("A new key", value={"values": {"key": "sk_test_5fD40J"}}, request_only=True)


# --- The views --------------------------------------------------------------------------------------------------------
def unsealed() -> QuerySet[Connection]:
    """All of them, without what nobody may see."""
    return Connection.objects.defer("sealed", "sealed_token")


def find_connection(connection_id: str) -> Connection:
    """Raises NotFound (CONNECTION_NOT_FOUND)."""
    key = parse_id(connection_id)
    found = unsealed().filter(pk=key).first() if key else None
    if found is None:
        raise NotFound("There is no such connection.", code="CONNECTION_NOT_FOUND")
    return found


class ConnectionsView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(
        operation_id="connections_list",
        summary="Connections",
        parameters=[PageQuery],
        responses=ConnectionList,
        extensions=PAGE_META,
    )
    def get(self, request: Request) -> Answer:
        """By name; never with their credentials."""
        page = page_of(unsealed().order_by("name"), read(PageQuery, request.query_params))
        return Answer({"connections": ConnectionRow(page.rows, many=True).data}, meta=page.meta)


class ConnectionView(ApiView):
    roles = {"GET": Role.VIEWER, "PATCH": Role.ADMIN, "DELETE": Role.ADMIN}

    @extend_schema(summary="A connection", responses=ConnectionData)
    def get(self, request: Request, connection_id: str) -> Answer:
        """Without its credentials."""
        return _answer(connection_id)

    @extend_schema(
        summary="Change a connection", request=ConnectionChange, responses=ConnectionData, examples=[REPLACED]
    )
    def patch(self, request: ApiRequest, connection_id: str) -> Answer:
        """All of it or nothing. Requests that start from now on use it. 409 CONFLICT where the name is taken, or where
        deployed patterns know it by the old one."""
        found, given = find_connection(connection_id), read(ConnectionChange, request.data)
        if "displayName" in given:
            given["name"] = given.pop("displayName")
        if given:
            change_connection(found, request.user, **given)
        return _answer(connection_id)

    @extend_schema(summary="Delete a connection", request=None, responses={204: None})
    def delete(self, request: ApiRequest, connection_id: str) -> Answer:
        """409 CONFLICT where deployed patterns use it; `details` says which."""
        delete_connection(find_connection(connection_id), request.user)
        return Answer(status=204, bare=True)


class _NewView(ApiView):
    """Makes a connection of one kind."""

    roles = {"POST": Role.ADMIN}
    keys = Keys.SECRET

    def make(self, request: ApiRequest, kind: str, shape: type[NewConnection]) -> Answer:
        given = read(shape, request.data)
        name, hosts, provider = given.pop("displayName"), given.pop("hosts"), given.pop("provider", "")
        if isinstance(given.get("headers"), dict):
            given["headers"] = "\n".join(f"{header}: {value}" for header, value in given["headers"].items())
        made = create_connection(request.user, kind, name, given, hosts, provider)
        return _answer(str(made.pk), status=201)


def _creates(shape: type[NewConnection], summary: str, **more: Any) -> Any:
    return extend_schema(summary=summary, request=shape, responses={201: ConnectionData}, **more)


class ApiKeyView(_NewView):
    @_creates(NewApiKey, "Save an API key", examples=[API_KEY])
    def post(self, request: ApiRequest) -> Answer:
        """It is sent to the named hosts only, and never shown again. 409 CONFLICT where the name is taken."""
        return self.make(request, "api_key", NewApiKey)


class BearerView(_NewView):
    @_creates(NewBearer, "Save a bearer token")
    def post(self, request: ApiRequest) -> Answer:
        """It is sent to the named hosts only, and never shown again. 409 CONFLICT where the name is taken."""
        return self.make(request, "bearer", NewBearer)


class BasicView(_NewView):
    @_creates(NewBasic, "Save a user and a password")
    def post(self, request: ApiRequest) -> Answer:
        """They are sent to the named hosts only, the password is never shown again. 409 CONFLICT where the name is
        taken."""
        return self.make(request, "basic", NewBasic)


class HeadersView(_NewView):
    @_creates(NewHeaders, "Save several headers")
    def post(self, request: ApiRequest) -> Answer:
        """They are sent to the named hosts only, and never shown again. 409 CONFLICT where the name is taken."""
        return self.make(request, "headers", NewHeaders)


class OAuth2View(_NewView):
    @_creates(NewClient, "Save OAuth 2.0 client credentials")
    def post(self, request: ApiRequest) -> Answer:
        """The secret goes to the token URL only, the tokens to the named hosts; neither is ever shown. 409 CONFLICT
        where the name is taken."""
        return self.make(request, "oauth2", NewClient)


def _answer(connection_id: str, status: int = 200) -> Answer:
    data: Any = ConnectionData(find_connection(connection_id)).data
    return Answer(data, status=status)
