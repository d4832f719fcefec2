"""Signing in to the API: e-mail and password for a pair of JSON Web Tokens."""

from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.models import update_last_login
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.tokens import RefreshToken

from dragops_site.accounts.models import User
from dragops_site.api import Answer, PublicView, read
from dragops_site.api_fields import StrictChar
from dragops_site.errors import Conflict, Refused
from dragops_site.throttle import SignInThrottle


class LocalAuthDisabled(Refused):
    code = "LOCAL_AUTH_DISABLED"
    status = 403


class UserData(serializers.Serializer):
    id = serializers.CharField()
    email = serializers.EmailField()
    firstName = serializers.CharField(source="first_name")
    lastName = serializers.CharField(source="last_name")
    role = serializers.CharField()


class SignedIn(serializers.Serializer):
    token = serializers.CharField(help_text="For the header `Authorization: Bearer <token>`.")
    refreshToken = serializers.CharField(help_text="For POST /api/auth/refresh when the token has run out.")
    user = UserData()


class Providers(serializers.Serializer):
    local = serializers.BooleanField()
    github = serializers.BooleanField()


class EmailField(serializers.EmailField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data).lower()


class Credentials(serializers.Serializer):
    email = EmailField(max_length=254)
    password = StrictChar(max_length=1_000, trim_whitespace=False)


class Registration(Credentials):
    firstName = StrictChar(source="first_name", max_length=150, allow_blank=True, default="")
    lastName = StrictChar(source="last_name", max_length=150, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        person = User(**{field: value for field, value in attrs.items() if field != "password"})
        try:
            validate_password(attrs["password"], person)
        except ValidationError as error:
            raise serializers.ValidationError({"password": error.messages}) from None
        return attrs


class RefreshRequest(serializers.Serializer):
    refreshToken = StrictChar(max_length=4_000)


class ProvidersView(PublicView):
    @extend_schema(summary="Ways to sign in", responses=Providers)
    def get(self, request: Request) -> Answer:
        return Answer({"local": True, "github": False})


class LoginView(PublicView):
    failures = (401,)
    throttle_classes = [SignInThrottle]

    @extend_schema(summary="Sign in", request=Credentials, responses=SignedIn)
    def post(self, request: Request) -> Answer:
        """One answer, after the same time, for an unknown address, a wrong password and a closed account."""
        given = read(Credentials, request.data)
        user = authenticate(request._request, username=given["email"], password=given["password"])
        if not isinstance(user, User):
            raise AuthenticationFailed("E-mail address or password are wrong.")
        update_last_login(User, user)
        return Answer(_signed_in(user, RefreshToken.for_user(user)))


class RegisterView(PublicView):
    failures = (403,)
    throttle_classes = [SignInThrottle]

    @extend_schema(summary="Register", request=Registration, responses={201: SignedIn})
    def post(self, request: Request) -> Answer:
        """A new viewer. 403 LOCAL_AUTH_DISABLED unless the server is open for registration."""
        if not settings.OPEN_REGISTRATION:
            raise LocalAuthDisabled("People do not register here by themselves. Ask an administrator for an account.")
        user = _register(**read(Registration, request.data))
        return Answer(_signed_in(user, RefreshToken.for_user(user)), status=201)


class RefreshView(PublicView):
    failures = (401,)

    @extend_schema(summary="A new token for a refresh token", request=RefreshRequest, responses=SignedIn)
    def post(self, request: Request) -> Answer:
        """401 when the refresh token has run out, the account is closed, or its password has been changed."""
        token = RefreshToken(read(RefreshRequest, request.data)["refreshToken"])
        user: Any = JWTAuthentication().get_user(token)
        return Answer(_signed_in(user, token))


def _register(email: str, password: str, **names: str) -> User:
    taken = Conflict("This e-mail address has an account already.", code="EMAIL_ALREADY_EXISTS")
    if User.objects.filter(email__iexact=email).exists():
        raise taken
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password, **names)
    except IntegrityError:  # somebody registered it in between
        raise taken from None


def _signed_in(user: User, refresh: Any) -> dict[str, Any]:
    return {"token": str(refresh.access_token), "refreshToken": str(refresh), "user": UserData(user).data}
