"""The API of people: everybody's accounts, for admins."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from dragops_site import jsontext
from dragops_site.accounts.models import User
from dragops_site.accounts.people import LONGEST_PASSWORD, change_person, create_person
from dragops_site.accounts.roles import Role
from dragops_site.api import Answer, ApiRequest, ApiView, Keys, PageQuery, page_of, read
from dragops_site.api_auth import UserData
from dragops_site.api_fields import Moment, StrictChar
from dragops_site.api_schema import PAGE_META
from dragops_site.errors import NotFound


class PersonData(UserData):
    isActive = serializers.BooleanField(source="is_active", help_text="Whether the account is open.")
    createdAt = Moment(source="date_joined")
    lastSignInAt = Moment(source="last_login", allow_null=True)


class PeopleQuery(PageQuery):
    q = serializers.CharField(required=False, max_length=254, help_text="Text in the e-mail address.")


class PersonRequest(serializers.Serializer):
    email = StrictChar(max_length=254)
    password = StrictChar(max_length=LONGEST_PASSWORD, trim_whitespace=False, help_text="10 characters or more.")
    role = serializers.ChoiceField(Role.values, default=Role.VIEWER.value)


class PersonChange(serializers.Serializer):
    role = serializers.ChoiceField(Role.values, required=False)
    isActive = serializers.BooleanField(source="is_active", required=False)


class UsersView(ApiView):
    roles = {"GET": Role.ADMIN, "POST": Role.ADMIN}
    keys = Keys.OBEYED

    @extend_schema(summary="People", parameters=[PeopleQuery], responses=PersonData(many=True), extensions=PAGE_META)
    def get(self, request: ApiRequest) -> Answer:
        """By e-mail address."""
        query = read(PeopleQuery, request.query_params)
        found = User.objects.order_by("email")
        if q := jsontext.clean(query.get("q", "")).strip():
            found = found.filter(email__icontains=q)
        page = page_of(found, query)
        return Answer(PersonData(page.rows, many=True).data, meta=page.meta)

    @extend_schema(summary="Create an account", request=PersonRequest, responses={201: PersonData})
    def post(self, request: ApiRequest) -> Answer:
        """409 EMAIL_ALREADY_EXISTS where the address has one."""
        made = create_person(request.user, **read(PersonRequest, request.data))
        return Answer(PersonData(made).data, status=201)


class UserView(ApiView):
    roles = {"GET": Role.ADMIN, "PATCH": Role.ADMIN}

    @extend_schema(summary="A person", responses=PersonData)
    def get(self, request: ApiRequest, user_id: str) -> Answer:
        return Answer(PersonData(find_user(user_id)).data)

    @extend_schema(summary="Change an account", request=PersonChange, responses=PersonData)
    def patch(self, request: ApiRequest, user_id: str) -> Answer:
        """Another role, or closed, or open again. 409 CONFLICT for the last admin."""
        changes: dict[str, Any] = read(PersonChange, request.data)
        change_person(request.user, find_user(user_id), **changes)
        return Answer(PersonData(find_user(user_id)).data)


def find_user(user_id: str) -> User:
    """Raises NotFound (USER_NOT_FOUND)."""
    is_number = user_id.isascii() and user_id.isdigit() and len(user_id) < 10
    user = User.objects.filter(pk=int(user_id)).first() if is_number else None
    if user is None:
        raise NotFound("There is no such person.", code="USER_NOT_FOUND")
    return user
