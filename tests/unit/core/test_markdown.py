# SPDX-License-Identifier: GPL-3.0-or-later
"""Markdown from people: harmless whatever it says, and its words and links as they are."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core.markdown import (
    article_in,
    html_of,
    image_in,
    is_no_prose,
    leads_outside,
    plain_of,
    references_of,
    ticket_in,
)

TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img",
    "li", "ol", "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}


class Shown(HTMLParser):
    """Reads HTML as a window does, and refuses whatever could do more than be read."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.hrefs: list[str] = []
        self.sources: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        assert {name for name, _ in attrs} <= ATTRIBUTES.get(tag, set())
        for name, value in attrs:
            address = value or ""
            if name == "href":
                inside = article_in(address) or ticket_in(address)
                assert inside or leads_outside(address)
                self.hrefs.append(address)
            elif name == "src":
                assert image_in(address)
                self.sources.append(address)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def shown(text: str) -> Shown:
    return Shown(html_of(text))


# --- what comes out ---


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# A\n\nb *c* `d`", "<h1>A</h1>\n<p>b <em>c</em> <code>d</code></p>\n"),
        ("**a** __b__", "<p><strong>a</strong> <strong>b</strong></p>\n"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>\n'),
        ("~~a~~", "<p><s>a</s></p>\n"),
        ("> a\n\n---", "<blockquote>\n<p>a</p>\n</blockquote>\n<hr>\n"),
        ("```py\na < b\n```", "<pre><code>a &lt; b\n</code></pre>\n"),
        ("[a](KB-1 't') [b](HD-2)", '<p><a href="KB-1" title="t">a</a> <a href="HD-2">b</a></p>\n'),
        ("![a](image-1)", '<p><img src="image-1" alt="a"></p>\n'),
        ("a  \nb", "<p>a<br>\nb</p>\n"),
    ],
)  # fmt: skip
def test_markdown_becomes_html(text, html):
    assert html_of(text) == html


def test_a_table_becomes_a_table():
    html = html_of("| a | b |\n|:--|--:|\n| [c](KB-1) | `d` |")
    assert "<th>a</th>" in html
    assert '<td><a href="KB-1">c</a></td>' in html
    assert "style" not in html


# --- what does not ---

HOSTILE = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src=file:///etc/passwd>",
    "<a href=file:///etc/passwd>a</a>",
    "<svg/onload=alert(1)>",
    "<iframe src=https://x.example></iframe>",
    "<style>p { background: url(https://x.example) }</style>",
    "<link rel=stylesheet href=//x.example>",
    "<table background=https://x.example><tr><td>",
    "<!-- a --><?php ?><!DOCTYPE html><![CDATA[a]]>",
    "a\n\n<div onclick=alert(1)>\n\nb\n\n</div>",
    "- > <script>alert(1)</script>\n  > <b>",
    "| <script> | <img src=x> |\n|-|-|\n| </td><script>a | b |",
    "# <script>alert(1)</script>",
    "`<script>` <scr\nipt>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;script&#62;",
]
ADDRESSES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "javascript&#58;alert(1)",
    "javascript&colon;alert(1)",
    "&#x6A;avascript:alert(1)",
    "java&#10;script:alert(1)",
    "java\\script:alert(1)",
    "&#1;javascript:alert(1)",
    "vbscript:msgbox(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:image/png;base64,iVBORw0KGgo=",
    "data:image/svg+xml,%3Csvg%3E",
    "file:///etc/passwd",
    "FILE:///C:/Windows/win.ini",
    "\\\\\\\\host\\\\share\\\\x.png",
    "//host/share/x.png",
    "/etc/passwd",
    "etc/passwd",
    "../../etc/passwd",
    "C:\\\\Windows\\\\notepad.exe",
    "smb://host/share",
    "ms-msdt:/id",
    "qrc:/x.png",
    "#top",
    "?x",
    "KB-0",
    "KB-1x",
    "KB-",
    "image-1/../2",
    "KB-1&#10;javascript:alert(1)",
    "http:x",
    "httpx://host",
    "https&#58;",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_raw_html_is_text(text):
    html = html_of(text)
    assert "<script" not in html.casefold()
    assert shown(text).hrefs == []
    assert shown(text).sources == []


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "form",
    [
        "[a]({0})",
        "[a](<{0}>)",
        "![a]({0})",
        "![a](<{0}>)",
        "[a][r] ![a][r]\n\n[r]: {0}",
        "[a] ![a]\n\n[a]: <{0}> 'title'",
        "<{0}>",
        "[![a]({0})]({0})",
        "> - [a]({0})\n>   1. ![a]({0})",
        "| [a]({0}) |\n|---|\n| ![a]({0}) |",
        '[a]( {0} "title" )',
        "*[**a**]({0})*",
    ],
)
def test_addresses_lead_nowhere_but_to_the_web_and_the_desk(form, address):
    seen = shown(form.format(address))
    assert seen.hrefs == []
    assert seen.sources == []


@pytest.mark.parametrize(
    "address",
    [
        "https://x.example/a?b=c#d",
        "HTTP://x.example",
        "mailto:a@x.example",
        "KB-12",
        "kb-1#a",
        "HD-5",
    ],
)
def test_addresses_of_the_web_and_the_desk_stay(address):
    assert shown(f"[a]({address}) [r]\n\n[r]: <{address}>").hrefs == [address] * 2


def test_no_picture_of_the_web_is_fetched():
    assert shown("![a](https://x.example/a.png) ![b](//x.example/b.png) ![c](KB-1)").sources == []


def test_titles_and_names_cannot_break_out():
    text = "[a](https://x.example 'b\" onclick=\"alert(1)') ![\"><script>](image-1 '\"><script>')"
    seen = shown(text)
    assert (seen.hrefs, seen.sources) == (["https://x.example"], ["image-1"])


def test_a_name_for_a_language_stays_out():
    assert html_of('```"><script>\na\n```') == "<pre><code>a\n</code></pre>\n"


SIGNS = st.lists(
    st.sampled_from(
        [
            *HOSTILE, *(f"[a]({each})" for each in ADDRESSES), "[", "]", "(", ")", "<", ">", "!",
            "`", "*", "_", "~", "|", "\n", "\n\n", "    ", "- ", "> ", "# ", "\\", "&", ";", "\"",
            "'", "[r]: ", "javascript:", "KB-1", "image-1", "https://x.example", "\x00", "\u202e",
        ]
    ),
    max_size=20,
).map("".join)  # fmt: skip


@given(SIGNS | st.text())
def test_whatever_goes_in_only_what_is_known_comes_out(text):
    shown(text)
    plain_of(text)
    references_of(text)


# --- what would take long ---


@pytest.mark.parametrize(
    "text",
    ["[" * 6_000, "[a](" * 6_000, "*a " * 6_000, "_" * 6_000, "`a" * 6_000, "<a" * 6_000,
     "a~" * 6_000, "![" * 3_000 + "*" * 2_001, "[]" * 5_001, "|" * 10_001, "\na" * 5_001,
     "> " * 29 + "a\n" + "a\n" * 5_001],
)  # fmt: skip
def test_of_a_text_of_signs_only_the_lines_are_read(text):
    """Nobody writes so; reading all of it could take as long as whoever sent it likes."""
    assert is_no_prose(text)
    html = html_of(f"# Head\n\n- {text} [a](KB-1) *b*\n")
    for tag in ("<h1>", "<li>", "<table>", "<blockquote>"):
        assert tag not in html
    assert "<a" not in html
    assert "<em>" not in html
    assert references_of(text + " [a](KB-1)") == ((), ())
    assert "KB-1" in plain_of(text + " [a](KB-1)")


def test_usual_texts_are_read_whole():
    text = "*a* [b](KB-1) `c` " * 1_000
    assert not is_no_prose(text)
    assert html_of(text).count("<em>") == 1_000


@pytest.mark.parametrize("opening", ["> ", "- ", "1. ", "[", "![", "*", "**", "> - "])
def test_what_is_nested_deeper_than_anybody_reads_is_text(opening):
    html = html_of(opening * 2_000 + "a")
    assert html.count("<blockquote>") <= 30
    assert html.count("<ul>") + html.count("<ol>") <= 30
    Shown(html)


# --- words and links ---


def test_the_words_are_those_people_see():
    text = (
        "# Head *line*\n\nOne\ntwo  \nthree [link](KB-1 'title') ![picture *p*](image-1)\n\n"
        "- a\n- b\n\n| c | d |\n|---|---|\n| e | `f` |\n\n```py\ncode  here\n```\n\n    more\n\n"
        "&amp; \\* <b>raw</b>\n\n[r]: KB-2\n"
    )
    assert plain_of(text).splitlines() == [
        "Head line",
        "One two three link picture p",
        "a",
        "b",
        "c",
        "d",
        "e",
        "f",
        "code here",
        "more",
        "& * <b>raw</b>",
    ]
    assert plain_of("") == plain_of("\n\n---\n") == ""


@pytest.mark.parametrize(
    ("text", "articles", "images"),
    [
        ("[a](KB-2) [b](KB-1) [c](kb-2#part)", (2, 1), ()),
        ("![a](image-3) [![b](image-4)](KB-5)", (5,), (3, 4)),
        ("[a][r] ![b][i]\n\n[r]: KB-1\n[i]: <image-2>\n[x]: KB-9", (1,), (2,)),
        ("- > | [a](KB-1) |\n  > |---|", (1,), ()),
        ("`[a](KB-1)`\n\n    [b](KB-2)\n\n```\n[c](KB-3)\n```\n\n\\[d](KB-4) KB-5", (), ()),
        ("![see [a](KB-1)](image-2)", (), (2,)),
        ("[a](image-1) ![b](KB-1) [c](HD-1) [d](https://x.example/KB-1)", (), ()),
        ("[a](KB&#45;1) [b](KB\\-2)", (1, 2), ()),
        ("[a](KB-0) [b](KB-0999999999999999999) [c](KB-999999999999999999)", (10**18 - 1,), ()),
    ],
)
def test_references_are_what_html_leads_to(text, articles, images):
    assert references_of(text) == (articles, images)


@pytest.mark.parametrize(
    ("address", "outside"),
    [
        ("https://x.example", True),
        ("HTTP://x", True),
        ("mailto:a@x.example", True),
        ("https://x.example/a b", False),
        ("https://", False),
        ("ftp://x", False),
        ("javascript:https://x", False),
        (" https://x", False),
        ("https://x\njavascript:a", False),
        ("KB-1", False),
    ],
)
def test_only_web_and_mail_lead_outside(address, outside):
    assert leads_outside(address) is outside
