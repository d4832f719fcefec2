"""Who may. A view names the role that each of its methods needs; one that names none is refused to everybody."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from dragops_site.accounts.roles import Role


class HasRole(BasePermission):
    """Whoever has signed in and has the role that the view names for the method."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        if not user or not user.is_authenticated:
            return False
        if request.method not in view.allowed_methods:
            return True  # and the view answers 405
        needed = needed_role(view, request.method or "")
        return needed is not None and user.may(needed)


def needed_role(view: Any, method: str) -> Role | None:
    """The role a view names for a method; looking at its options needs the least."""
    if method == "OPTIONS":
        return Role.VIEWER
    return getattr(view, "roles", {}).get("GET" if method == "HEAD" else method)
