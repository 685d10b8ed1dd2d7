# SPDX-License-Identifier: GPL-3.0-or-later
"""HTML becomes what a person reads of it, however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.importing.html_text import text_of_html


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (
            "<p>Hi,<br>\n my <b>VPN</b>   is&nbsp;down &amp; out.</p><p>Bye",
            "Hi,\nmy VPN is down & out.\n\nBye",
        ),
        ("<div>One</div>\n<div>Two</div><div><br></div><div>Three</div>", "One\nTwo\n\nThree"),
        ("<ul>\n<li>a</li>\n<li>b</li></ul>", "- a\n- b"),
        (
            'see <a href="https://x.example/?a=1&amp;b=2">this</a>',
            "see this (https://x.example/?a=1&b=2)",
        ),
        ("<a href='mailto:a@b.example'>a@b.example</a>", "a@b.example"),
        ('<a href="javascript:alert(1)">click</a>', "click"),
        ('<img src="cid:1" alt="a chart"><img src=x>', "[a chart]"),
        ("<style>p{}</style><script>if (a</b) '</p>'</script>kept", "kept"),
        ("<!-- no -- > --><pre>a\n  b</pre>", "a\n  b"),
        ("3 < 4 and a<b, &lt;tag&gt;", "3 < 4 and a"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1\t2\n3"),
        ("", ""),
    ],
)
def test_reads_as_a_person_would(markup: str, text: str) -> None:
    assert text_of_html(markup) == text


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([*"<>/!-=\"'& a\n", "script", "pre", "a href"])).map("".join))
def test_never_fails(markup: str) -> None:
    assert text_of_html(markup) == text_of_html(markup).strip()


def test_a_text_without_markup_stays() -> None:
    assert text_of_html("just words; and more") == "just words; and more"
