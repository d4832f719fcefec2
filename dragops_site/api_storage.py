"""The API of what the server keeps."""

from django.db import connection
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from dragops_site.accounts.roles import Role
from dragops_site.api import Answer, ApiView
from dragops_site.storage import database_bytes


class StorageData(serializers.Serializer):
    database = serializers.ChoiceField(["sqlite", "postgresql"])
    bytes = serializers.IntegerField(help_text="With its indexes.")


class StorageView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(summary="The size of the database", responses=StorageData)
    def get(self, request: Request) -> Answer:
        return Answer({"database": connection.vendor, "bytes": database_bytes()})
