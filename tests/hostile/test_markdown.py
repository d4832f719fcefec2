"""Markdown that is made to harm: what comes out runs nothing and links nowhere odd, and it comes in time."""

from html.parser import HTMLParser

import pytest

from tests.hostile.child import end_of
from tests.patterns.nodes.calling import call

SCHEMES = ("http:", "https:", "mailto:", "tel:")
TAGS = frozenset(
    {
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "code",
        "del",
        "details",
        "em",
        "h1",
        "hr",
        "i",
        "img",
        "li",
        "ol",
        "p",
        "pre",
    }
    | {"s", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul"}
)
ATTRIBUTES = frozenset({"href", "rel", "src", "alt", "title", "class", "style", "start"})

TEXTS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//127.0.0.1/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<form action=javascript:alert(1)><input type=submit></form>",
    "<base href=//127.0.0.1/>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href=//127.0.0.1/x.css>",
    "<style>body{background:url(javascript:alert(1))}</style>",
    "<p style='position:fixed;background:url(//127.0.0.1/x)'>a</p>",
    "<p style='text-align:expression(alert(1))'>a</p>",
    "<a href='javascript:alert(1)'>a</a>",
    "<a href='java&#10;script:alert(1)'>a</a>",
    "<a href=' &#1;javascript:alert(1)'>a</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>a</a>",
    "<a href='vbscript:x'>a</a>",
    "<a onclick=alert(1) href=/a>a</a>",
    "<a href=/a target=_blank rel=opener>a</a>",
    "<details open ontoggle=alert(1)>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?><script>alert(1)</script>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java&#115;cript:alert(1))",
    "[a](javascript&colon;alert(1))",
    "[a](\x01javascript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "[a](file:///etc/passwd)",
    "![a](javascript:alert(1))",
    "![a](data:image/svg+xml,<svg onload=alert(1)>)",
    "[a]: javascript:alert(1)\n\n[a]",
    "<javascript:alert(1)>",
    "[a](/b 'x\" onmouseover=\"alert(1)')",
    '[a](</b" onmouseover="alert(1)>)',
    '![x" onerror="alert(1)](y)',
    '```" onmouseover="alert(1)\nx\n```',
    "```<script>\nx\n```",
    "`<script>alert(1)</script>`",
    "|a|\n|-|\n|<script>alert(1)</script>|",
    "# <script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]


class Reader(HTMLParser):
    """Collects what a browser would find: tags with their attributes."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("allow_html", [False, True])
@pytest.mark.parametrize("text", TEXTS)
def test_markdown_to_html_lets_nothing_act(text, allow_html):
    reader = Reader()
    reader.feed(call("MarkdownToHTML", text, False, allow_html))
    for tag, attributes in reader.found:
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES
        assert attributes.get("style", "text-align") == "text-align" or attributes["style"].startswith("text-align:")
        assert "expression" not in attributes.get("style", "")
        for link in (attributes.get("href"), attributes.get("src")):
            assert link is None or ":" not in link.split("/")[0] or link.startswith(SCHEMES)


@pytest.mark.parametrize(
    "make",
    [f"{unit!r} * {80_000 // len(unit)}" for unit in ("[", "![", "[a](", "](", "`", "*a ", "*a **a ", "***a", "_a __")]
    + [
        f"{unit!r} * {80_000 // len(unit)}"
        for unit in ("> ", "- ", "1. ", "- a\n", "a\n", "<", "&", "\\", "~~a ~", "|")
    ]
    + [
        f"{unit!r} * {80_000 // len(unit)}"
        for unit in ("[a]: b\n", "[a\n", "[[a]: ", "<!--", "<a ", "|a|\n|-|\n", "\t")
    ]
    + [
        "'[' * 100_000 + ']' * 100_000",
        "'*' * 100_000 + 'a' + '*' * 100_000",
        "''.join('`' * n + ' ' for n in range(1, 600))",
        "''.join('  ' * n + '- a\\n' for n in range(400))",
        "'> ' * 50 + 'a\\n' * 100_000",
        "'|' + 'a|' * 20_000 + '\\n|' + '-|' * 20_000 + '\\n' + '|\\n' * 50_000",
    ],
)
def test_markdown_to_html_comes_through(make):
    assert end_of("MarkdownToHTML", make) == "result"


@pytest.mark.parametrize("unit", ["<b>", "<div>", "<a>", "<table><tr><td>", "<ul><li>", "<b><p>", "<svg>", "<details>"])
def test_markdown_to_html_comes_through_deep_html(unit):
    assert end_of("MarkdownToHTML", f"{unit!r} * {10_000 // unit.count('<')}", False, True) == "result"


def test_markdown_to_html_refuses_a_link_that_would_be_written_out_for_ever():
    make = "'[a]: ' + 'b' * 100_000 + '\\n\\n' + '[a]' * 40_000"
    assert "10,000,000 characters" in end_of("MarkdownToHTML", make)
