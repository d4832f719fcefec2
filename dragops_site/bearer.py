"""Who speaks for whom: API tokens in requests. A module of its own, for the framework imports it before its views."""

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from dragops_site.accounts.models import User
from dragops_site.accounts.tokens import PREFIX, user_of


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer dgo_…`. Any other bearer is left to those who know it."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        scheme, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or not secret.startswith(PREFIX):
            return None
        user = user_of(secret.strip())
        if user is None:
            raise AuthenticationFailed("The token is not valid, or no longer.")
        return user, None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'
