# SPDX-License-Identifier: GPL-3.0-or-later
"""Exporting articles: what lies in the folder, and that an import of it is the same desk again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import Conflict
from helpdesk.core.schemas.articles import (
    ArticleChange,
    ArticleMove,
    ArticleState,
    NewArticle,
    NewArticleCategory,
    NewImage,
    Visibility,
)
from helpdesk.database.db_manager import DbManager
from helpdesk.services import article_exports
from helpdesk.services.article_exports import export
from helpdesk.services.article_imports import ArticleImport, survey, write
from tests.conftest import SettableClock, SignIn
from tests.matrix import LOCAL
from tests.unit.services.article_desks import PNG, Draft, Spec, desk_like, fill, let_go, told

# Who exports has the database at hand: no server has an operation for it.
pytestmark = pytest.mark.desk_kinds(*LOCAL)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def content_of(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder by their paths."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def imported(database: DbManager, folder: Path) -> int:
    wanted = ArticleImport(folder)
    found = survey(database, wanted, now=NOW)
    assert found.bad.kept == []
    return write(database, wanted, found, now=NOW)


# --- what is written ---


def test_an_article_is_a_file_in_the_folder_of_its_category(
    embedded: EmbeddedDesk, sign_in: SignIn, clock: SettableClock, tmp_path
):
    charlie = sign_in("charlie")
    network = charlie.articles.add_category(NewArticleCategory(name="Network")).id
    vpn = charlie.articles.add_category(NewArticleCategory(name="VPN", parent_id=network)).id
    other = charlie.articles.create(NewArticle(title="Wi-Fi: slow?", category_id=network))
    new = NewArticle(
        title="Connect to the VPN",
        summary="From home",
        body="",
        category_id=vpn,
        tags=("vpn", "home office"),
        language="no",
        reviewer_id=embedded.as_system().users.named("charlie").id,
    )
    article = charlie.articles.create(new)
    picture = charlie.articles.add_image(article.id, NewImage(data=PNG + b"1")).markdown
    text = f"See [this]({other.number}#now), `[not]({other.number})`, KB-99 and\n{picture}\n"
    clock.forward(seconds=0.25)
    charlie.articles.save(
        article.id, ArticleChange(body=text, publish=True, version=article.version)
    )
    done = export(embedded.database, tmp_path / "out", at=NOW)
    digest = sha256(PNG + b"1").hexdigest()[:32]
    files = content_of(tmp_path / "out")
    assert (done.articles, done.drafts, len(done.pictures)) == (2, 0, 1)
    assert set(files) == {
        "Network/VPN/connect-to-the-vpn.md",
        "Network/wi-fi-slow.md",
        f"images/{digest}.png",
    }
    assert files["Network/VPN/connect-to-the-vpn.md"].decode() == (
        "---\n"
        "title: Connect to the VPN\n"
        "summary: From home\n"
        "category: [Network, VPN]\n"
        "tags: [vpn, home office]\n"
        'language: "no"\n'
        "visibility: everyone\n"
        "state: published\n"
        "author: charlie\n"
        "reviewer: charlie\n"
        "review_due: 2027-11-23T09:00:00.250000Z\n"
        "created: 2026-11-23T09:00:00Z\n"
        "updated: 2026-11-23T09:00:00.250000Z\n"
        "published: 2026-11-23T09:00:00.250000Z\n"
        "---\n"
        "See [this](../wi-fi-slow.md#now), `[not](KB-1)`, KB-99 and\n"
        f"![](../../images/{digest}.png)\n"
    )
    assert files[f"images/{digest}.png"] == PNG + b"1"


def test_a_newer_text_of_a_published_article_is_a_file_of_its_own(
    embedded: EmbeddedDesk, sign_in: SignIn, clock: SettableClock, tmp_path
):
    bob, charlie = sign_in("bob"), sign_in("charlie")
    article = bob.articles.create(NewArticle(title="Old", body="old"))
    published = ArticleMove(state=ArticleState.PUBLISHED, version=article.version)
    article = charlie.articles.move(article.id, published)
    clock.forward(hours=1)
    change = ArticleChange(title="New", body="new [me](KB-1)", version=article.version)
    article = charlie.articles.save(article.id, change)
    clock.forward(hours=1)
    bob.articles.move(article.id, ArticleMove(state=ArticleState.REVIEW, version=article.version))
    assert export(embedded.database, tmp_path / "out", at=NOW).drafts == 1
    files = content_of(tmp_path / "out")
    assert set(files) == {"old.md", "old.draft.md"}
    assert b"state: published\nauthor: bob\n" in files["old.md"]
    assert files["old.md"].endswith(b"---\nold")
    assert files["old.draft.md"].decode() == (
        "---\ntitle: New\ncategory: []\nlanguage: en\nvisibility: everyone\nstate: review\n"
        "author: charlie\nupdated: 2026-11-23T10:00:00Z\ndraft_of: old.md\n---\n"
        "new [me](old.md)"
    )


def test_a_folder_that_holds_something_is_left_alone(embedded: EmbeddedDesk, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(Conflict, match="is not empty"):
        export(embedded.database, tmp_path / "out", at=NOW)
    with pytest.raises(Conflict, match="is a file"):
        export(embedded.database, tmp_path / "out" / "mine.txt", at=NOW)
    assert content_of(tmp_path / "out") == {"mine.txt": b"mine"}


@pytest.mark.parametrize("was_there", [True, False])
def test_a_stopped_export_leaves_nothing(
    embedded: EmbeddedDesk, sign_in: SignIn, tmp_path, monkeypatch, was_there
):
    bob = sign_in("bob")
    for number in range(3):
        bob.articles.create(NewArticle(title=f"Article {number}"))
    folder = tmp_path / "a" / "out"
    if was_there:
        folder.mkdir(parents=True)

    def stop(done: int, total: int) -> None:
        assert list(folder.iterdir())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(embedded.database, folder, at=NOW, progress=stop)
    assert folder.exists() == was_there
    assert not was_there or list(folder.iterdir()) == []


def test_links_that_would_make_a_file_too_large_stay(
    embedded: EmbeddedDesk, sign_in: SignIn, tmp_path, monkeypatch
):
    monkeypatch.setattr(article_exports, "FILE_LIMIT", 300)
    bob = sign_in("bob")
    bob.articles.create(NewArticle(title="A very long title of an article", body="[x](KB-1)" * 10))
    done = export(embedded.database, tmp_path / "out", at=NOW)
    (file,) = content_of(tmp_path / "out").values()
    assert b"[x](KB-1)[x](KB-1)" in file
    (remark,) = done.remarks
    assert remark.startswith("a-very-long-title-of-an-article.md: too many links")


# --- a desk, its export and the desk made of it ---


TITLES = st.one_of(
    st.sampled_from(
        [
            "VPN", "vpn", "VPN 2", "vpn-2", "---", "...", "a: b", "# a", "- a", "'", '"', "\\",
            "null", "true", "No", "2026-01-01", "0x1F", "1_000", "~", "@a", "`a`", "*a", "&a",
            "!a", "%a", "{a: b}", "[a]", "a #b", "CON", "con.md", "COM1", "../../x",
            "/etc/passwd", "C:\\x",
            "מדריך VPN", "\u202egnp.exe", "🙂 🙂", "👨‍👩‍👧", "é", "e\u0301", "a\u2028b", "x\u200b",
            "x" * 250, "é" * 250, "🙂" * 250, ".hidden", "images", "a/b", "Straße", "a\u00a0b",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(lambda text: f"x{text}"),
)  # fmt: skip
PIECES = st.sampled_from(
    [
        "[a](KB-1)", "[a](kb-2#part)", "[a](<KB-3>)", "![a](image-1)", "[r]\n\n[r]: KB-2 'x'\n",
        "![a](<image-2> 't')", "[a](KB\\-1)", "[a](KB-999999)", "![a](image-999999)", "[t](HD-5)",
        "`[a](KB-1)`", "\n```\n[a](KB-1)\n---\n```\n", "\n    [a](KB-1)\n", "\\[a](KB-1)",
        "\n---\n", "---\ntitle: x\n---\n", "\n\n", "\n", " ", "\t", "\r\n", "# ", "- ", "> ", "|",
        "| a | b |\n|---|---|\n| [a](KB-1) | \\| [a](KB-2) |\n", "*", "_", "`", "a", "é🙂",
        "\ufeff", "\u2028", "\x0b", "[a](nowhere.md)", "[a](https://x.example)", "<!-- a -->",
    ]
)  # fmt: skip
BODIES = st.lists(PIECES, max_size=12).map("".join)
NAMES = st.sampled_from(
    [
        "Network",
        "VPN",
        "vpn",
        "a/b",
        "a:b",
        "a?b",
        "images",
        "CON",
        "..",
        ". .",
        "מדריך",
        "é" * 80,
        "x.md",
    ]
)
PATHS = st.lists(NAMES, max_size=3).map(tuple)
TAGS = st.lists(
    st.sampled_from(["vpn", "home office", "null", "a: b", "[", "'", "é", "#1", "no"]),
    unique=True,
    max_size=3,
).map(tuple)
MOMENTS = st.integers(0, 86_400_000_000)
SPECS = st.builds(
    Spec,
    title=TITLES,
    body=BODIES,
    summary=st.one_of(st.just(""), TITLES.map(lambda title: title[:200])),
    category=PATHS,
    tags=TAGS,
    language=st.sampled_from(["en", "no", "de", "de-CH", "ny"]),
    visibility=st.sampled_from(Visibility),
    state=st.sampled_from(ArticleState),
    author=st.sampled_from([None, "bob", "alice", "charlie"]),
    reviewer=st.sampled_from([None, "frank", "charlie", "alice"]),
    review_due=st.one_of(
        st.none(),
        st.sampled_from([NOW, NOW + timedelta(days=9.4321), datetime(2027, 1, 1, tzinfo=UTC)]),
        st.datetimes(
            datetime(1970, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
            datetime(8999, 12, 31, 23, 59, 59, 999_999),  # noqa: DTZ001
            timezones=st.just(UTC),
        ),
    ),
    times=st.tuples(MOMENTS, MOMENTS, MOMENTS),
    was_published=st.booleans(),
    draft=st.one_of(st.none(), st.builds(Draft, TITLES, BODIES, PATHS)),
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    specs=st.lists(SPECS, min_size=1, max_size=6),
    left=st.sets(st.sampled_from(["alice", "bob", "frank"])),
)
def test_an_import_of_an_export_is_the_same_desk(template: Path, specs: list[Spec], left: set[str]):
    with TemporaryDirectory() as made:
        place = Path(made)
        with desk_like(template, place, "a.db") as a, desk_like(template, place, "b.db") as b:
            fill(a, specs, NOW)
            let_go(a, left)
            let_go(b, left)
            export(a, place / "from a", at=NOW)
            assert imported(b, place / "from a") == len(specs)
            export(b, place / "from b", at=NOW)
            assert told(b) == told(a)
        files = content_of(place / "from a")
        assert content_of(place / "from b") == files
        for name, data in files.items():
            if name.endswith(".md"):
                front = data.decode().split("---\n", 2)[1]
                assert isinstance(yaml.safe_load(front)["title"], str)
