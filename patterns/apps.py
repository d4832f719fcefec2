from django.apps import AppConfig


class PatternsConfig(AppConfig):
    name = "patterns"
    verbose_name = "Patterns"

    def ready(self) -> None:
        import patterns.nodes  # noqa: F401  the node library registers itself
