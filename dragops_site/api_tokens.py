"""The API of API tokens."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from dragops_site.accounts.models import ApiToken
from dragops_site.accounts.roles import Role
from dragops_site.accounts.tokens import NAME_LENGTH, create_token, revoke_token
from dragops_site.api import Answer, ApiRequest, ApiView, Keys, PageQuery, page_of, read
from dragops_site.api_fields import Moment, StrictChar
from dragops_site.api_schema import PAGE_META
from dragops_site.errors import NotFound
from dragops_site.ids import parse_id


class TokenData(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField(Role.values)
    start = serializers.CharField(help_text="How its secret begins.")
    userEmail = serializers.CharField(source="user.email")
    state = serializers.ChoiceField(["active", "expired", "revoked"])
    createdAt = Moment(source="created_at")
    expiresAt = Moment(source="expires_at", allow_null=True)
    lastUsedAt = Moment(source="used_at", allow_null=True)


class NewToken(TokenData):
    token = serializers.CharField(help_text="For the header `Authorization: Bearer <token>`. It is shown this once.")


class TokenRequest(serializers.Serializer):
    name = StrictChar(max_length=NAME_LENGTH)
    role = serializers.ChoiceField(Role.values, default=Role.VIEWER.value, help_text="Your own at most.")
    expiresAt = serializers.DateTimeField(source="expires_at", required=False, allow_null=True)


class TokensView(ApiView):
    roles = {"GET": Role.VIEWER, "POST": Role.VIEWER}
    keys = Keys.SECRET

    @extend_schema(summary="API tokens", parameters=[PageQuery], responses=TokenData(many=True), extensions=PAGE_META)
    def get(self, request: ApiRequest) -> Answer:
        """Your own, the newest first; those of everybody for admins."""
        tokens = ApiToken.objects.select_related("user").order_by("-id")
        if not request.user.may(Role.ADMIN):
            tokens = tokens.filter(user=request.user)
        page = page_of(tokens, read(PageQuery, request.query_params))
        return Answer(TokenData(page.rows, many=True).data, meta=page.meta)

    @extend_schema(summary="Create an API token", request=TokenRequest, responses={201: NewToken})
    def post(self, request: ApiRequest) -> Answer:
        """It speaks for you, with the role that you give it. 403 FORBIDDEN for a role that you have not."""
        token, secret = create_token(request.user, **read(TokenRequest, request.data))
        data: dict[str, Any] = TokenData(token).data
        return Answer({**data, "token": secret}, status=201)


class TokenView(ApiView):
    roles = {"DELETE": Role.VIEWER}

    @extend_schema(summary="Revoke an API token", request=None, responses={200: TokenData})
    def delete(self, request: ApiRequest, token_id: str) -> Answer:
        """From now on it is refused. Your own, or, for admins, anybody's."""
        revoke_token(find_token(token_id), request.user)
        return Answer(TokenData(find_token(token_id)).data)


def find_token(token_id: str) -> ApiToken:
    """Raises NotFound (TOKEN_NOT_FOUND)."""
    key = parse_id(token_id)
    token = ApiToken.objects.select_related("user").filter(pk=key).first() if key else None
    if token is None:
        raise NotFound("There is no such token.", code="TOKEN_NOT_FOUND")
    return token
