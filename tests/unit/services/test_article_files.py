# SPDX-License-Identifier: GPL-3.0-or-later
"""One article in a file: what is understood, and what is refused in which words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core.schemas.articles import ArticleState, Visibility
from helpdesk.services.article_files import (
    FILE_LIMIT,
    FRONT_MATTER_LIMIT,
    ArticleFile,
    BadFile,
    parsed,
    written,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def read(front: str, body: str = "") -> ArticleFile:
    return parsed(f"---\n{front}\n---\n{body}".encode(), NOW)


def refused(data: str | bytes) -> str:
    with pytest.raises(BadFile) as caught:
        parsed(data.encode() if isinstance(data, str) else data, NOW)
    return str(caught.value)


def test_a_whole_file_is_understood():
    article = read(
        "title: 'VPN: from home'\nsummary: Short\ncategory: [Network, VPN]\ntags: [VPN, home]\n"
        "language: de-CH\nvisibility: technicians\nstate: review\nauthor: bob\nreviewer: charlie\n"
        "review_due: 2027-03-01\ncreated: 2026-01-31 14:30\nupdated: 2026-02-01T10:00:00.5+02:00\n"
        "published: 2026-02-01T00:00:00Z",
        "# Hi\n\n---\n",
    )
    assert article == ArticleFile(
        title="VPN: from home",
        body="# Hi\n\n---\n",
        summary="Short",
        category=("Network", "VPN"),
        tags=("vpn", "home"),
        language="de-CH",
        visibility=Visibility.TECHNICIANS,
        state=ArticleState.REVIEW,
        author="bob",
        reviewer="charlie",
        review_due=datetime(2027, 3, 1, tzinfo=UTC),
        created=datetime(2026, 1, 31, 14, 30, tzinfo=UTC),
        updated=datetime(2026, 2, 1, 8, 0, 0, 500_000, tzinfo=UTC),
        published=datetime(2026, 2, 1, tzinfo=UTC),
        body_line=16,
    )


def test_a_title_is_enough():
    assert read("title: A") == ArticleFile(title="A", body="", body_line=4)
    assert parsed(b"---\ntitle: A\n---", NOW).title == "A"


def test_marks_and_line_ends_of_other_systems_do_not_matter():
    data = b"\xef\xbb\xbf---\r\ntitle: A\r\n--- \r\none\r\ntwo\rthree"
    assert parsed(data, NOW).body == "one\ntwo\nthree"


def test_what_cannot_be_stored_is_replaced():
    assert read("title: A", "a\x00b").body == "a\ufffdb"


@pytest.mark.parametrize("day", ["1970-01-01T00:00:00", "8999-12-31T23:59:59.999999"])
def test_a_review_may_lie_far_ahead(day):
    due = read(f"title: A\nreview_due: {day}").review_due
    assert due == datetime.fromisoformat(day).replace(tzinfo=UTC)


@pytest.mark.parametrize("word", ["no", "true", "2026-01-01", "1_000", "0x1F", "1:30"])
def test_every_value_is_a_text(word):
    assert read(f"title: {word}").title == word


@pytest.mark.parametrize("nothing", ["", "~", "null", '""', "[]"])
def test_an_empty_value_is_none(nothing):
    article = read(f"title: A\nauthor: {nothing}\nreview_due: {nothing}\nlanguage: {nothing}")
    assert (article.author, article.review_due, article.language) == (None, None, "en")


def test_no_category_is_not_the_same_as_none_told():
    assert read("title: A").category is None
    assert read("title: A\ncategory: []").category == ()
    assert read("title: A\ncategory: A, B").category == ("A", "B")


@pytest.mark.parametrize(
    ("front", "field", "value"),
    [
        ("draft: true", "state", ArticleState.DRAFT),
        ("draft: False", "state", ArticleState.PUBLISHED),
        ("published: false", "state", ArticleState.DRAFT),
        ("date: 2026-01-31", "created", datetime(2026, 1, 31, tzinfo=UTC)),
        ("lastmod: 2026-01-31", "updated", datetime(2026, 1, 31, tzinfo=UTC)),
        ("last_modified_at: 2026-01-31", "updated", datetime(2026, 1, 31, tzinfo=UTC)),
        ("categories: [Network]", "category", ("Network",)),
        ("description: Short", "summary", "Short"),
        ("lang: de", "language", "de"),
    ],
)
def test_what_other_programs_write_is_understood(front, field, value):
    article = read(f"title: A\n{front}")
    assert getattr(article, field) == value
    assert article.unused == ()


def test_what_is_not_used_is_told():
    assert read("title: A\nweight: 3").unused == ("line 3: 'weight' is not used",)
    draft = read("title: A\ndraft_of: a.md\ncreated: 2026-01-01\nreviewer: bob")
    assert draft.unused == (
        "line 4: 'created' is not used in a draft of an article",
        "line 5: 'reviewer' is not used in a draft of an article",
    )
    assert (draft.created, draft.reviewer, draft.state) == (None, None, ArticleState.DRAFT)


@pytest.mark.parametrize(
    ("front", "complaint"),
    [
        ("", "title: The title must not be empty"),
        ("title: ''", "line 2, title: The title must not be empty"),
        ("title: " + "x" * 251, "line 2, title: The title may have at most 250 characters"),
        ("title: [a]", "line 2, title: 'title' must be one text, not a list"),
        ("title: A\ntitle: B", "line 3: 'title' is given twice"),
        ("title: A\ncategory: B\ncategories: C", "line 4: 'category' and 'categories' is given"),
        ("title: A\nstate: public", "line 3, state: 'public' is none of 'draft', 'review',"),
        ("title: A\nvisibility: all", "line 3, visibility: 'all' is none of 'everyone',"),
        ("title: A\nlanguage: english", "line 3, language: a language is written as 'en'"),
        ("title: A\ntags: ['a,b']", "line 3, tags: Tags are words without a comma"),
        ("title: A\ntags: [" + ", ".join("abcdefghijklmnopqrstu") + "]", "line 3, tags: "),
        ("title: A\ncategory: [a, b, c, d, e, f]", "category: categories may lie 5 deep"),
        ("title: A\ncategory: ['']", "line 3, category: The category must not be empty"),
        ("title: A\ncreated: 31/01/2026", "line 3, created: '31/01/2026' is not a date"),
        ("title: A\ncreated: 2027-01-01", "line 3, created: '2027-01-01' lies in the future"),
        ("title: A\nreview_due: 1960-01-01", "line 3, review_due: '1960-01-01' is too long ago"),
        ("title: A\nreview_due: 9000-01-01", "line 3, review_due: '9000-01-01' is too far ahead;"),
        (
            "title: A\nreview_due: 9999-12-31 23:59:59.999999",
            "line 3, review_due: '9999-12-31 23:59:59.999999' is too far ahead; the year must be"
            " from 1970 to 8999",
        ),
        ("title: A\ndraft: perhaps", "line 3, draft: must be 'true' or 'false'"),
        ("title: A\ndraft: true\nstate: draft", "line 4: 'draft' and 'state' is given twice"),
        ("title: A\ndraft_of: a.md\nstate: published", "line 4, state: a draft of an article is"),
    ],
)
def test_wrong_values_are_told_with_their_line(front, complaint):
    assert refused(f"---\n{front}\n---\n").startswith(complaint)


@pytest.mark.parametrize(
    ("front", "complaint"),
    [
        ("title: &a A\nsummary: *a", "line 2: anchors and aliases are not taken"),
        ("title: A\nsummary: *a", "line 3: anchors and aliases are not taken"),
        ("title: !!python/object/apply:os.system [ls]", "line 2: tags such as '!!str'"),
        ("title: !!str A", "line 2: tags such as '!!str'"),
        ("title: {a: b}", "line 2: a value must be a text or a list of texts"),
        ("title: [[a]]", "line 2: a value must be a text or a list of texts"),
        ("title: " + "[" * 60_000, "line 2: a value must be a text or a list of texts"),
        ("[a]: b", "line 2: a key must be a word"),
        ("<<: {title: A}", "line 2: a value must be"),
        ("- a", "line 2: the front matter must be lines like 'title: A title'"),
        ("just words", "line 2: the front matter must be lines like"),
        ("title: a: b", "line 2: cannot be read as YAML"),
        ("title: 'a", "line 3: cannot be read as YAML: found unexpected end of stream"),
        ("title: A\n\tb: c", "line 3: cannot be read as YAML"),
        ("title: \x01", "the front matter: cannot be read as YAML: it holds characters"),
        ("title: A\n...\ntitle: B", "line "),
    ],
)
def test_yaml_that_is_more_than_data_is_refused(front, complaint):
    assert refused(f"---\n{front}\n---\n").startswith(complaint)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ("# No front matter", "line 1: there is no front matter"),
        ("", "line 1: there is no front matter"),
        ("\n---\ntitle: A\n---\n", "line 1: there is no front matter"),
        ("---\ntitle: A\n", "line 1: the front matter does not end"),
        ("---\ntitle: A\n----\n", "line 1: the front matter does not end"),
        ("---\n" + "# a\n" * FRONT_MATTER_LIMIT + "---\n", "the front matter has more than 64 KB"),
        (b"---\ntitle: A\n---\nDr\xfccker", "line 4: not UTF-8 text (byte 0xfc)"),
        ("---\ntitle: A\n---\n".encode("utf-16"), "line 1: not UTF-8 text"),
        (b"---\ntitle: A\n---\n" + b"x" * FILE_LIMIT, "the file has more than 2 MB"),
    ],
)
def test_what_is_no_article_is_refused(data, complaint):
    assert refused(data).startswith(complaint)


def test_titles_are_bare_only_where_nothing_else_could_be_meant():
    def title(text: str) -> str:
        return written(ArticleFile(title=text, body="")).decode().splitlines()[1]

    assert title("Connect to the VPN (home)") == "title: Connect to the VPN (home)"
    for text in ("no", "a: b", "a #b", "- a", "1", "a ", "'a'", "a, b", "[a]", "é:"):
        assert title(text).startswith('title: "')
    assert title("\u202egnp.exe") == 'title: "\\u202egnp.exe"'


TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.text(
    st.sampled_from("-#:'\"\\[]{},&*!|>%@` ~nul\u2028\x7f\x85\u202eé🙂\ufeff"), max_size=12
)


@given(title=TEXTS, tags=st.lists(TEXTS, max_size=3), body=TEXTS)
def test_what_is_written_is_read_again(title, tags, body):
    try:
        article = ArticleFile(title=f"x{title}"[:100], body="", tags=tuple(tags), category=())
        article = parsed(written(article), NOW)
    except BadFile:
        return  # what no desk holds, such as a tag with a comma
    article = article._replace(body=body.replace("\r", "").replace("\x00", ""))
    again = parsed(written(article), NOW)
    assert again._replace(body_line=0) == article._replace(
        body_line=0, body=again.body if "\x02" in body or "\x03" in body else article.body
    )
    front = written(article).decode().split("---\n")[1]
    assert yaml.safe_load(front)["title"] == article.title
