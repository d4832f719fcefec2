"""Markdown: from what people type to HTML that may be shown anywhere."""

import re

import nh3
from markdown_it import MarkdownIt

from patterns.nodes.formats import FORMATS
from patterns.nodes.limits import check_text
from patterns.registry import pure
from patterns.types import Boolean, String
from patterns.values import check_length

# The parser takes some 20 microseconds a character with the worst that was tried.
MAX_MARKDOWN = 250_000
# A document tree of thousands of tags within one another takes quadratic time to be cleaned.
MAX_TAGS = 10_000
_LANGUAGE = re.compile(r"language-[A-Za-z0-9_+#.-]{1,40}")
_ALIGNED = {"th": {"style"}, "td": {"style"}}
_ATTRIBUTES = {**nh3.ALLOWED_ATTRIBUTES, **_ALIGNED, "code": {"class"}}
_SCHEMES = {"http", "https", "mailto", "tel"}


@pure(FORMATS, label="Markdown to HTML", output="HTML")
def markdown_to_html(text: String, line_breaks: Boolean = False, allow_html: Boolean = False) -> String:
    r"""Markdown (CommonMark, with tables and ~~strikethrough~~) as HTML that is safe to show.

    A line break within a paragraph is a space unless Line Breaks is set. HTML in the text is shown as typed; with
    Allow HTML its harmless tags work. Scripts, styles, event attributes and links other than http, https, mailto and
    tel never do. Links carry rel="noopener noreferrer".

    Example: Text "# Order 7\n\nIs **paid**." → "<h1>Order 7</h1>\n<p>Is <strong>paid</strong>.</p>\n"
    """
    check_text(text, "Text", MAX_MARKDOWN)
    if allow_html and text.count("<") > MAX_TAGS:
        raise ValueError(f"Text has more than {MAX_TAGS:,} signs <, which is the limit where HTML is allowed")
    return _sanitised(_rendered(text, line_breaks, allow_html))


def _rendered(text: str, line_breaks: bool, allow_html: bool) -> str:
    parser = MarkdownIt("commonmark", {"html": allow_html, "breaks": line_breaks}).enable(["table", "strikethrough"])
    references: dict[str, object] = {}
    tokens = parser.parse(text, references)
    # A link that is defined once and used often is written out each time.
    check_length(
        sum(len(str(value)) for token in tokens for part in token.children or () for value in part.attrs.values())
    )
    html: str = parser.renderer.render(tokens, parser.options, references)
    return html


def _sanitised(html: str) -> str:
    return nh3.clean(
        html,
        attributes=_ATTRIBUTES,
        attribute_filter=_kept,
        filter_style_properties={"text-align"},
        link_rel="noopener noreferrer",
        url_schemes=_SCHEMES,
    )


def _kept(tag: str, attribute: str, value: str) -> str | None:
    """The class of code names its language and nothing else."""
    is_class = tag == "code" and attribute == "class"
    return None if is_class and not _LANGUAGE.fullmatch(value) else value
