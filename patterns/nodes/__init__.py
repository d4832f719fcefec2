"""The node library; importing it registers every node type, in the order in which the palette shows the categories."""

from importlib import import_module

CATEGORIES = (
    "events",
    "flow",
    "waits",
    "literals",
    "variables",
    "math",
    "comparison",
    "logical",
    "string",
    "regular",
    "array",
    "chance",
    "object",
    "formulas",
    "formats",
    "xml",
    "yaml",
    "markdown",
    "dates",
    "http",
    "encoding",
    "tokens",
    "conversion",
    "utility",
    "code",
    "mail",
    "state",
)

for category in CATEGORIES:
    import_module(f"{__name__}.{category}")
