"""The four roles, from the least to the most powerful; each may do what those before it may."""

from django.db import models


class Role(models.TextChoices):
    VIEWER = "viewer", "Viewer"  # sees everything but secrets
    OPERATOR = "operator", "Operator"  # runs, cancels, pauses
    EDITOR = "editor", "Editor"  # draws and deploys
    ADMIN = "admin", "Admin"  # users, secrets, settings

    def includes(self, needed: "Role") -> bool:
        order = list(Role)
        return order.index(self) >= order.index(needed)
