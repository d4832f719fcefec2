"""The audit trail in the API."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from dragops_site.accounts import trail
from dragops_site.accounts.roles import Role
from dragops_site.api import MAX_LIMIT, Answer, ApiView, read
from dragops_site.api_fields import Moment
from dragops_site.api_schema import NUMBER, with_meta


class AuditQuery(serializers.Serializer):
    userId = serializers.IntegerField(source="user_id", required=False, min_value=1, max_value=2**31 - 1)
    verb = serializers.CharField(required=False, max_length=40, help_text="What was done, such as deployed.")
    targetType = serializers.CharField(source="target_type", required=False, max_length=40)
    targetId = serializers.CharField(source="target_id", required=False, max_length=64)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    q = serializers.CharField(required=False, max_length=200, help_text="Text in actor, name and detail.")
    cursor = serializers.UUIDField(required=False, help_text="`meta.nextCursor` of the page before.")
    limit = serializers.IntegerField(min_value=1, default=50, help_text=f"At most {MAX_LIMIT}; more counts as that.")

    def validate_limit(self, limit: int) -> int:
        return min(limit, MAX_LIMIT)


class AuditData(serializers.Serializer):
    id = serializers.CharField()
    at = Moment()
    userId = serializers.IntegerField(source="user_id", allow_null=True, help_text="Null when the account is gone.")
    actor = serializers.CharField()
    verb = serializers.CharField()
    targetType = serializers.CharField(source="target_type")
    targetId = serializers.CharField(source="target_id")
    targetName = serializers.CharField(source="target_name")
    detail = serializers.CharField()
    address = serializers.CharField()


class AuditView(ApiView):
    roles = {"GET": Role.ADMIN}

    @extend_schema(
        summary="Who did what to what, and when",
        parameters=[AuditQuery],
        responses=AuditData(many=True),
        extensions=with_meta(limit=NUMBER, nextCursor={"type": ["string", "null"]}),
    )
    def get(self, request: Request) -> Answer:
        """Newest first."""
        query = read(AuditQuery, request.query_params)
        cursor, limit = query.pop("cursor", None), query.pop("limit")
        page = trail.page(trail.TrailFilters(**query), str(cursor) if cursor else None, limit)
        return Answer(AuditData(page.rows, many=True).data, meta={"limit": limit, "nextCursor": page.next_cursor})
