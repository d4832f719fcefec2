import pytest

from tests.patterns.nodes.calling import call


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("plain", "<p>plain</p>\n"),
        ("# One\n\nTwo", "<h1>One</h1>\n<p>Two</p>\n"),
        ("One\n===\n\nTwo\n---", "<h1>One</h1>\n<h2>Two</h2>\n"),
        ("####### no", "<p>####### no</p>\n"),
        ("*a* **b** `c` ~~d~~", "<p><em>a</em> <strong>b</strong> <code>c</code> <s>d</s></p>\n"),
        ("a_b_c", "<p>a_b_c</p>\n"),
        (r"\*a\*", "<p>*a*</p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n"),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>\n"),
        ("***", "<hr>\n"),
        ("a  \nb", "<p>a<br>\nb</p>\n"),
        ("a\nb", "<p>a\nb</p>\n"),
        ("    x < y", "<pre><code>x &lt; y\n</code></pre>\n"),
        ("```python\nx = 1\n```", '<pre><code class="language-python">x = 1\n</code></pre>\n'),
        (
            "[a](https://b.example 'c')",
            '<p><a href="https://b.example" title="c" rel="noopener noreferrer">a</a></p>\n',
        ),
        ("<https://b.example>", '<p><a href="https://b.example" rel="noopener noreferrer">https://b.example</a></p>\n'),
        ("[a]\n\n[a]: /b", '<p><a href="/b" rel="noopener noreferrer">a</a></p>\n'),
        ("![a](b.png)", '<p><img src="b.png" alt="a"></p>\n'),
        ("&copy; &amp; &#35; <", "<p>© &amp; # &lt;</p>\n"),
        ("größe 👍", "<p>größe 👍</p>\n"),
        ("a\x00b", "<p>a\ufffdb</p>\n"),
    ],
)
def test_markdown_to_html_gives_the_html(text, html):
    assert call("MarkdownToHTML", text) == html


def test_markdown_to_html_writes_tables_with_their_alignment():
    html = call("MarkdownToHTML", "|a|b|\n|-|-:|\n|1|2|")
    assert '<th style="text-align:right">b</th>' in html
    assert "<td>1</td>" in html


def test_markdown_to_html_breaks_lines_where_it_is_asked_to():
    assert call("MarkdownToHTML", "a\nb", True) == "<p>a<br>\nb</p>\n"


def test_markdown_to_html_shows_html_as_it_was_typed():
    assert call("MarkdownToHTML", "a <b>c</b>") == "<p>a &lt;b&gt;c&lt;/b&gt;</p>\n"


def test_markdown_to_html_keeps_harmless_html_where_it_is_allowed():
    assert call("MarkdownToHTML", "a <b>c</b><br>", False, True) == "<p>a <b>c</b><br></p>\n"


def test_markdown_to_html_marks_code_with_nothing_but_its_language():
    html = call("MarkdownToHTML", '<code class="admin">x</code>', False, True)
    assert html == "<p><code>x</code></p>\n"


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (("x" * 250_001,), "Text has 250,001 characters; the limit is 250,000"),
        (("\ud800",), "Text holds half a character"),
        (("<b>" * 10_001, False, True), "Text has more than 10,000 signs <"),
        (("[a]: " + "b" * 100_000 + "\n\n" + "[a]" * 1000,), "10,000,000 characters"),
    ],
)
def test_markdown_to_html_fails_clearly(inputs, words):
    with pytest.raises(ValueError, match=words):
        call("MarkdownToHTML", *inputs)
