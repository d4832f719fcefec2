"""The OpenAPI document and the page that shows it."""

from typing import Any

from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from dragops_site.accounts.roles import Role
from dragops_site.api_json import JSONRenderer
from dragops_site.api_roles import HasRole


class FailsInJSON:
    """For views with renderers of their own: what goes wrong is told as everywhere under /api."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        if response.exception:
            request.accepted_renderer, request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
        return super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]


class SchemaView(FailsInJSON, SpectacularJSONAPIView):
    permission_classes = [HasRole]
    roles = {"GET": Role.VIEWER}


class DocsView(FailsInJSON, SpectacularSwaggerSplitView):
    """The page asks for the schema with the reader's session, and for its script at an address: none is inline."""

    permission_classes = [HasRole]
    roles = {"GET": Role.VIEWER}
    template_name = "api/docs.html"
    url_name = "api-schema"
    title = "DRAGOPS API"
