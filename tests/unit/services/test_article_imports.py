# SPDX-License-Identifier: GPL-3.0-or-later
"""Importing articles: what is made of files, what is told of them, all or nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.schemas.articles import (
    ArticleMove,
    ArticleQuery,
    ArticleState,
    ArticleView,
    NewArticle,
    NewArticleCategory,
    Visibility,
)
from helpdesk.services import article_imports
from helpdesk.services.article_folders import ArticleFolder
from helpdesk.services.article_imports import ArticleImport, Survey, survey, write
from tests.conftest import SettableClock, SignIn
from tests.matrix import LOCAL
from tests.unit.services.article_desks import PNG, let_go

pytestmark = pytest.mark.desk_kinds(*LOCAL)


class Importer:
    """Writes files, imports them and looks at what came of it."""

    def __init__(self, desk: EmbeddedDesk, clock: SettableClock, folder: Path) -> None:
        self.desk = desk
        self.clock = clock
        self.folder = folder
        self.again = False
        folder.mkdir()

    @property
    def wanted(self) -> ArticleImport:
        return ArticleImport(self.folder, again=self.again)

    def put(self, name: str, content: str | bytes) -> None:
        """Write a file; one without front matter gets a title."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            if not content.startswith("---"):
                content = f"---\ntitle: {path.stem}\n---\n{content}"
            content = content.encode()
        path.write_bytes(content)

    def survey(self) -> Survey:
        return survey(self.desk.database, self.wanted, now=self.clock())

    def run(self) -> dict[str, ArticleView]:
        """Import the folder and return all articles by their titles."""
        found = self.survey()
        count = write(self.desk.database, self.wanted, found, now=self.clock())
        assert count == found.articles
        return self.views()

    def views(self) -> dict[str, ArticleView]:
        articles = self.desk.as_system().articles
        page = articles.search(ArticleQuery(states=tuple(ArticleState), limit=100))
        return {row.title: articles.view(row.id) for row in page.items}

    def complaint(self) -> str:
        """Return the one bad file, and see that nothing is imported for it."""
        found = self.survey()
        assert found.bad.count == 1
        with pytest.raises(Invalid, match="so nothing was"):
            write(self.desk.database, self.wanted, found, now=self.clock())
        assert self.views() == {}
        return found.bad.kept[0]


@pytest.fixture
def importer(embedded: EmbeddedDesk, clock: SettableClock, tmp_path: Path) -> Importer:
    return Importer(embedded, clock, tmp_path / "in")


def test_a_whole_file_becomes_an_article(importer: Importer, sign_in: SignIn):
    importer.put(
        "Network/x.md",
        "---\ntitle: VPN\nsummary: Short\ncategory: [Remote, VPN]\ntags: [vpn, home]\n"
        "language: de\nvisibility: technicians\nstate: published\nauthor: BOB\nreviewer: charlie\n"
        "review_due: 2027-03-01\ncreated: 2026-01-31\nupdated: 2026-03-01\n"
        "published: 2026-02-01\n---\nSome *text*\n",
    )
    view = importer.run()["VPN"]
    assert (view.number, view.summary, view.body) == ("KB-1", "Short", "Some *text*\n")
    assert (view.tags, view.language) == (("vpn", "home"), "de")
    assert (view.visibility, view.state) == (Visibility.TECHNICIANS, ArticleState.PUBLISHED)
    assert view.author is not None
    assert view.reviewer is not None
    assert (view.author.full_name, view.reviewer.full_name) == ("Bob Keller", "Charlie Hart")
    assert view.category is not None
    assert view.category.name == "VPN"
    assert view.review_due == datetime(2027, 3, 1, tzinfo=UTC)
    assert view.created_at == datetime(2026, 1, 31, tzinfo=UTC)
    assert view.updated_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert view.published_at == datetime(2026, 2, 1, tzinfo=UTC)
    assert (view.revision, view.live_revision) == (1, 1)
    (revision,) = sign_in("charlie").articles.revisions(view.id, 9)
    assert (revision.title, revision.is_live) == ("VPN", True)
    assert sign_in("alice").articles.search(ArticleQuery(text="text")).items == ()
    assert len(sign_in("bob").articles.search(ArticleQuery(text="text")).items) == 1


def test_what_a_file_does_not_tell_is_usual(importer: Importer, clock: SettableClock):
    importer.put("Network/Wi-Fi/slow.md", "text")
    importer.put("top.md", "---\ntitle: top\nstate: draft\n---\n")
    importer.put("dated.md", "---\ntitle: dated\ndate: 2026-02-01\nlastmod: 2026-03-01\n---\n")
    views = importer.run()
    slow, top, dated = views["slow"], views["top"], views["dated"]
    assert slow.category is not None
    assert (slow.category.name, top.category) == ("Wi-Fi", None)
    assert (slow.author, slow.reviewer, slow.review_due) == (None, None, None)
    assert slow.created_at == slow.updated_at == slow.published_at == clock()
    assert (top.state, top.published_at, top.live_revision) == (ArticleState.DRAFT, None, None)
    assert dated.created_at == dated.published_at == datetime(2026, 2, 1, tzinfo=UTC)
    assert dated.updated_at == datetime(2026, 3, 1, tzinfo=UTC)


def test_links_and_pictures_get_numbers(importer: Importer):
    importer.put(
        "a/one.md", "[two](../b/two.md#now) `[two](../b/two.md)` ![p](<../pictures/x y.png>)"
    )
    importer.put(
        "b/two.md", "[one](<../a/one.md>) ![p][p] [me](two.md)\n\n[p]: ../pictures/x%20y.png"
    )
    importer.put("pictures/x y.png", PNG + b"1")
    views = importer.run()
    assert views["one"].body == "[two](KB-2#now) `[two](../b/two.md)` ![p](<image-1>)"
    assert views["two"].body == "[one](<KB-1>) ![p][p] [me](KB-2)\n\n[p]: image-2"
    articles = importer.desk.as_system().articles
    assert articles.image(2).data == PNG + b"1"
    assert (views["one"].image_ids, views["two"].image_ids) == ((1,), (2,))
    assert articles.broken_links() == ()


def test_a_draft_is_a_newer_text_of_its_article(importer: Importer, sign_in: SignIn):
    importer.put("a/one.md", "---\ntitle: one\nauthor: bob\n---\nold [two](../two.md)")
    importer.put(
        "a/one.draft.md",
        "---\ntitle: One\ndraft_of: one.md\nstate: review\nauthor: charlie\n---\nnew [1](one.md)",
    )
    importer.put("two.md", "[one](a/one.draft.md)")
    found = importer.survey()
    assert (found.articles, found.drafts) == (2, 1)
    views = importer.run()
    one = views["one"]  # as lists show it
    assert one.title == "One"
    assert (one.state, one.revision, one.live_revision) == (ArticleState.REVIEW, 2, 1)
    assert one.body == "new [1](KB-1)"
    assert views["two"].body == "[one](KB-1)"
    read = sign_in("alice").articles.view(one.id)
    assert (read.title, read.body) == ("one", "old [two](KB-2)")
    newest, oldest = sign_in("bob").articles.revisions(one.id, 9)
    assert newest.author is not None
    assert oldest.author is not None
    assert (newest.author.full_name, oldest.author.full_name) == ("Charlie Hart", "Bob Keller")


def test_an_imported_article_lives_on(importer: Importer, sign_in: SignIn):
    importer.put("one.md", "---\ntitle: one\nstate: review\n---\n")
    one = importer.run()["one"]
    charlie = sign_in("charlie")
    move = ArticleMove(state=ArticleState.PUBLISHED, version=one.version)
    assert charlie.articles.move(one.id, move).live_revision == 1
    assert charlie.articles.create(NewArticle(title="next")).id == one.id + 1


def test_every_window_loads_anew(importer: Importer, sign_in: SignIn):
    bob = sign_in("bob")
    before = bob.tickets.changes("").cursor
    importer.put("one.md", "")
    importer.run()
    assert bob.tickets.changes(before).everything


# --- what is there already ---


def test_what_the_desk_has_is_left_out(importer: Importer):
    importer.put("Network/one.md", "[two](two.md)")
    importer.put("Network/two.md", "two")
    importer.run()
    importer.put("Network/two.md", "changed")
    importer.put("Network/two.draft.md", "---\ntitle: newer\ndraft_of: two.md\n---\n")
    importer.put("Other/two.md", "[two](../Network/two.md)")
    importer.put("network/TWO.md", "---\ntitle: TWO\nlanguage: de\n---\n")
    found = importer.survey()
    assert found.skipped.kept == [
        "Network/one.md: KB-1 has its title, language and category; left out",
        "Network/two.md: KB-2 has its title, language and category; left out",
    ]
    assert (found.articles, found.drafts, found.new_categories) == (2, 0, ["Other"])
    articles = importer.desk.as_system().articles
    write(importer.desk.database, importer.wanted, found, now=importer.clock())
    bodies = [articles.view(id_).body for id_ in (1, 2, 3, 4)]
    assert bodies == ["[two](KB-2)", "two", "[two](KB-2)", ""]


def test_again_adds_everything_once_more(importer: Importer):
    importer.put("one.md", "[me](one.md)")
    importer.run()
    assert importer.survey().articles == 0
    assert importer.run().keys() == {"one"}
    importer.again = True
    importer.run()
    assert importer.desk.as_system().articles.view(2).body == "[me](KB-2)"


def test_what_changes_after_the_survey_stops_the_import(importer: Importer, sign_in: SignIn):
    importer.put("one.md", "one")
    found = importer.survey()
    sign_in("bob").articles.create(NewArticle(title="one"))
    with pytest.raises(Conflict, match="changed in the meantime"):
        write(importer.desk.database, importer.wanted, found, now=importer.clock())
    found = importer.survey()
    importer.put("two.md", "two")
    found = importer.survey()
    importer.put("two.md", "other")
    with pytest.raises(Conflict, match="changed in the meantime"):
        write(importer.desk.database, importer.wanted, found, now=importer.clock())
    assert importer.views().keys() == {"one"}


# --- what is told ---


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"# Hi", "a.md, line 1: there is no front matter"),
        ("---\ntitle: A\nstate: x\n---\n", "a.md, line 3, state: 'x' is none of"),
        ("---\nsummary: A\n---\n", "a.md, title: The title must not be empty"),
        ("---\ntitle: A\nauthor: nobody\n---\n", "a.md, author: there is no account 'nobody'"),
        ("---\ntitle: A\nreviewer: nobody\n---\n", "a.md, reviewer: there is no account 'nobody'"),
        ("---\ntitle: A\ndraft_of: b.md\n---\n", "a.md, draft_of: 'b.md' is no file beside it"),
        ("---\ntitle: A\ndraft_of: a.md\n---\n", "a.md, draft_of: 'a.md' is no article"),
        ("x" * 200_001, "a.md: the text may have at most 200,000 characters"),
        ("![p](text.md)", "a.md, line 4: 'text.md': a picture must be PNG"),
    ],
)
def test_bad_files_are_told_by_place_and_reason(importer: Importer, content, complaint):
    importer.put("text.md", "")
    importer.put("a.md", content)
    assert importer.complaint().startswith(complaint)


def test_a_large_picture_is_refused(importer: Importer):
    importer.put("a.md", "one\n\n![p](x.png)")
    importer.put("x.png", PNG + b"x" * 2 * 1024 * 1024)
    assert importer.complaint() == "a.md, line 6: 'x.png': a picture may have at most 2 MB"


def test_a_picture_that_cannot_be_opened_is_told(importer: Importer, monkeypatch):
    importer.put("a.md", "one\n\n![p](x.png)")
    importer.put("x.png", PNG)
    found = importer.survey()

    def locked(folder: ArticleFolder, name: str) -> bytes:
        raise PermissionError(13, "Permission denied", str(folder.path / name))

    monkeypatch.setattr(ArticleFolder, "picture", locked)
    reason = "the file cannot be read: Permission denied"
    assert importer.complaint() == f"a.md, line 6: 'x.png': {reason}"
    with pytest.raises(Conflict, match="changed in the meantime"):
        write(importer.desk.database, importer.wanted, found, now=importer.clock())
    assert importer.views() == {}


def test_two_spellings_of_a_file_name_stop_the_import(importer: Importer):
    importer.put("cafe\u0301.md", "one")
    importer.put("caf\u00e9.md", "two")
    if len(list(importer.folder.iterdir())) < 2:
        pytest.skip("this file system takes both for the same name")
    assert importer.survey().files == 2
    assert importer.complaint().startswith(
        r"café.md: 'caf\xe9.md' and 'cafe\u0301.md' are one name in two spellings of Unicode"
    )


def test_who_is_no_staff_any_more_is_kept(importer: Importer):
    let_go(importer.desk.database, {"frank"})
    importer.put("a.md", "---\ntitle: a\nauthor: frank\nreviewer: frank\n---\n")
    importer.put("b.md", "---\ntitle: b\nauthor: alice\nreviewer: ALICE\n---\n")
    importer.put("b.draft.md", "---\ntitle: c\nauthor: alice\ndraft_of: b.md\n---\n")
    found = importer.survey()
    assert sorted(found.remarks.kept) == [
        "a.md, reviewer: 'frank' is deactivated and cannot review; named all the same",
        "b.draft.md, author: 'alice' is not staff; named all the same",
        "b.md, author: 'alice' is not staff; named all the same",
        "b.md, reviewer: 'alice' is not staff and cannot review; named all the same",
    ]
    views = importer.run()
    for title, username in (("a", "frank"), ("b", "alice")):
        view = views[title]
        id_ = importer.desk.as_system().users.named(username).id
        assert view.author is not None
        assert view.reviewer is not None
        assert (view.author.id, view.reviewer.id) == (id_, id_)


def test_symbolic_links_are_refused(importer: Importer, tmp_path):
    (tmp_path / "secret.md").write_text("---\ntitle: secret\n---\n")
    importer.put("a.md", "")
    (importer.folder / "b.md").symlink_to(tmp_path / "secret.md")
    assert importer.complaint().startswith("b.md: a symbolic link, which is not followed")


@pytest.mark.parametrize("state", ["draft", "archived"])
def test_only_what_is_published_has_a_newer_draft(importer: Importer, state):
    importer.put("a.md", f"---\ntitle: A\nstate: {state}\n---\n")
    importer.put("a.draft.md", "---\ntitle: B\ndraft_of: a.md\n---\n")
    assert importer.complaint().startswith("a.draft.md, draft_of: 'a.md' is not published")


def test_an_article_has_one_draft(importer: Importer):
    importer.put("a.md", "")
    importer.put("b.md", "---\ntitle: B\ndraft_of: a.md\n---\n")
    importer.put("c.md", "---\ntitle: B\ndraft_of: a.md\n---\n")
    assert importer.complaint() == "c.md, draft_of: 'a.md' has the draft 'b.md' already"


def test_surprises_are_remarked_and_stop_nothing(importer: Importer, tmp_path):
    (tmp_path / "secret.md").write_text("secret")
    (tmp_path / "secret.png").write_bytes(PNG)
    body = (
        "[a](nowhere.md) [b](../secret.md) ![c](../secret.png)\n[d](KB-7) ![e](image-7)\n"
        "[f](manual.pdf) [g](other.pdf) [h](https://x.example/a.md) [i](#part) `[j](k.md)`\n"
    )
    importer.put("a.md", f"---\ntitle: a\nweight: 3\n---\n{body}")
    importer.put("manual.pdf", b"pdf")
    found = importer.survey()
    assert found.remarks.kept == [
        "a.md, line 3: 'weight' is not used",
        "a.md, line 5: 'nowhere.md' is no file of the folder; it stays as it is",
        "a.md, line 5: '../secret.md' is no file of the folder; it stays as it is",
        "a.md, line 5: '../secret.png' is no file of the folder; it stays as it is",
        "a.md, line 6: 'KB-7' is no file here; it is left to what has that number in the desk",
        "a.md, line 6: 'image-7' is no file here; it is left to what has that number in the desk",
        "a.md, line 7: 'manual.pdf' is no article; it stays as it is",
    ]
    view = importer.run()["a"]
    assert view.body == body
    assert view.image_ids == ()


def test_of_many_lines_a_hundred_are_kept(importer: Importer):
    for number in range(120):
        importer.put(f"{number}.md", b"no front matter")
    found = importer.survey()
    assert (found.bad.count, len(found.bad.kept), found.files) == (120, 100, 120)


def test_a_survey_counts_and_changes_nothing(importer: Importer, sign_in: SignIn):
    sign_in("charlie").articles.add_category(NewArticleCategory(name="Network"))
    importer.put("network/a.md", "")
    importer.put("Network/VPN/b.md", "---\ntitle: b\nvisibility: technicians\ndraft: true\n---\n")
    importer.put("c.md", "![p](p.png) ![p](p.png)")
    importer.put("p.png", PNG)
    found = importer.survey()
    assert found.by_state == {ArticleState.PUBLISHED: 2, ArticleState.DRAFT: 1}
    assert (found.for_technicians, found.pictures) == (1, 1)
    assert [name.casefold() for name in found.new_categories] == ["network / vpn"]
    assert importer.views() == {}
    assert len(importer.desk.as_system().articles.categories()) == 1


# --- all or nothing ---


def test_a_stopped_import_leaves_nothing(importer: Importer, monkeypatch):
    importer.put("a/one.md", "![p](p.png)")
    importer.put("a/p.png", PNG)
    importer.put("a/two.md", "[one](one.md)")
    found = importer.survey()
    monkeypatch.setattr(article_imports, "_TELL_EVERY", 1)

    def stop(done: int, total: int) -> None:
        assert total == 2
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(importer.desk.database, importer.wanted, found, now=importer.clock(), progress=stop)
    assert importer.views() == {}
    assert importer.desk.as_system().articles.categories() == ()
    assert importer.run().keys() == {"one", "two"}
