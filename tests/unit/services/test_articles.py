# SPDX-License-Identifier: GPL-3.0-or-later
"""Articles: who sees which text of them, their life, their revisions, pictures and categories."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.api_keys import NewApiKey
from helpdesk.core.schemas.articles import (
    ArticleCategoryChange,
    ArticleChange,
    ArticleMove,
    ArticleQuery,
    ArticleRestore,
    ArticleState,
    ArticlesWaiting,
    ArticleView,
    NewArticle,
    NewArticleCategory,
    NewImage,
    SuggestionQuery,
    Visibility,
)
from helpdesk.core.schemas.users import Role, UserChange
from tests.conftest import SettableClock, SignIn
from tests.matrix import Bearer

ALICE, BOB, FRANK, CHARLIE = 1, 3, 4, 5
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"


@pytest.fixture
def alice(sign_in: SignIn) -> HelpDesk:
    return sign_in("alice")


@pytest.fixture
def bob(sign_in: SignIn) -> HelpDesk:
    return sign_in("bob")


@pytest.fixture
def charlie(sign_in: SignIn) -> HelpDesk:
    return sign_in("charlie")


def draft(desk: HelpDesk, title: str = "Connect to the VPN", **fields: Any) -> ArticleView:
    return desk.articles.create(NewArticle(title=title, **fields))


def published(
    bob: HelpDesk, charlie: HelpDesk, title: str = "Connect to the VPN", **fields: Any
) -> ArticleView:
    made = draft(bob, title, **fields)
    return move(charlie, made, ArticleState.PUBLISHED)


def move(desk: HelpDesk, article: ArticleView, state: ArticleState) -> ArticleView:
    return desk.articles.move(article.id, ArticleMove(state=state, version=article.version))


def save(desk: HelpDesk, article: ArticleView, **fields: Any) -> ArticleView:
    return desk.articles.save(article.id, ArticleChange(version=article.version, **fields))


def found(desk: HelpDesk, text: str = "", **filters: Any) -> list[int]:
    return [row.id for row in desk.articles.search(ArticleQuery(text=text, **filters)).items]


# --- who sees what ------------------------------------------------------------------------------


def test_a_draft_is_for_staff_alone(alice: HelpDesk, bob: HelpDesk):
    made = draft(bob, body="Press **connect**.", tags=("VPN", "vpn", "home"))
    assert made.number == "KB-1"
    assert made.state is ArticleState.DRAFT
    assert made.tags == ("vpn", "home")
    assert made.html == "<p>Press <strong>connect</strong>.</p>\n"
    assert found(bob) == found(bob, "connect") == [made.id]
    assert found(alice) == found(alice, "connect") == []
    assert alice.articles.suggest(SuggestionQuery(text="vpn connect")) == ()
    with pytest.raises(NotFound, match="no article KB-1 that you can see"):
        alice.articles.view(made.id)


@pytest.mark.parametrize("state", [ArticleState.REVIEW, ArticleState.ARCHIVED])
def test_what_is_not_published_is_for_staff_alone(
    alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk, state: ArticleState
):
    made = move(charlie, draft(bob), state)
    assert found(alice) == found(alice, "vpn") == []
    with pytest.raises(NotFound):
        alice.articles.related(made.id)


def test_an_internal_article_is_never_seen_by_a_user(
    alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk
):
    made = published(bob, charlie, body="canary", visibility=Visibility.TECHNICIANS)
    other = published(bob, charlie, "VPN for all", body="canaries sing")
    assert found(bob, "canar") == [other.id, made.id]
    assert found(alice, "canar") == found(alice) == [other.id]
    assert found(alice, visibility=Visibility.TECHNICIANS) == []
    assert [s.article.id for s in alice.articles.suggest(SuggestionQuery(text="VPN canary"))] == [
        other.id
    ]
    assert [row.id for row in alice.articles.related(other.id)] == []
    assert [row.id for row in bob.articles.related(other.id)] == [made.id]
    with pytest.raises(NotFound):
        alice.articles.view(made.id)


def test_readers_keep_the_published_text_while_a_newer_one_is_written(
    alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk
):
    made = published(bob, charlie, body="old words", summary="Old.")
    newer = save(bob, made, title="Connect anew", body="canary", visibility="technicians")
    assert (newer.state, newer.revision, newer.live_revision) == (ArticleState.DRAFT, 2, 1)
    assert newer.title == "Connect anew"
    seen = alice.articles.view(made.id)
    assert (seen.title, seen.body, seen.summary) == ("Connect to the VPN", "old words", "Old.")
    assert (seen.state, seen.revision) == (ArticleState.PUBLISHED, 1)
    assert found(alice, "canary") == found(alice, "anew") == []
    row = alice.articles.search(ArticleQuery()).items[0]
    assert (row.title, row.state, row.review_due) == (
        "Connect to the VPN", ArticleState.PUBLISHED, None,
    )  # fmt: skip
    done = save(charlie, newer, visibility="everyone", publish=True)
    assert (done.revision, done.live_revision) == (3, 3)
    assert alice.articles.view(made.id).body == "canary"
    assert found(alice, "canary") == [made.id]
    assert found(alice, "words") == []


def test_what_was_withdrawn_is_gone_for_readers(alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk):
    made = published(bob, charlie)
    gone = move(charlie, made, ArticleState.ARCHIVED)
    assert found(alice) == found(alice, "vpn") == found(bob) == found(bob, "vpn") == []
    assert found(bob, states=(ArticleState.ARCHIVED,)) == [made.id]
    back = move(bob, gone, ArticleState.DRAFT)
    assert found(alice) == []
    move(charlie, back, ArticleState.PUBLISHED)
    assert found(alice) == [made.id]


def test_a_key_that_may_only_read_sees_what_readers_see(
    embedded: EmbeddedDesk, sign_in: SignIn, bob: HelpDesk, charlie: HelpDesk
):
    draft(bob, "Secret plans")
    seen = published(bob, charlie)
    new = NewApiKey(name="Portal", scopes=(Permission.READ_ARTICLES,))
    key = sign_in("dana").api_keys.create(new).key
    assert found(HelpDesk(Bearer(embedded, key))) == [seen.id]


# --- who may do what ----------------------------------------------------------------------------


def test_technicians_ask_and_managers_publish(bob: HelpDesk, charlie: HelpDesk):
    made = draft(bob)
    assert made.allowed == {"save", "review", "archive"}
    with pytest.raises(Forbidden, match="ask for a review"):
        move(bob, made, ArticleState.PUBLISHED)
    with pytest.raises(Forbidden, match="ask for a review"):
        save(bob, made, body="x", publish=True)
    asked = move(bob, made, ArticleState.REVIEW)
    assert "publish" in charlie.articles.view(made.id).allowed
    done = move(charlie, asked, ArticleState.PUBLISHED)
    assert done.published_at is not None
    assert done.allowed == {"rate", "save", "archive", "link"}
    with pytest.raises(Forbidden, match="Only managers"):
        move(bob, done, ArticleState.ARCHIVED)


def test_an_author_may_drop_a_draft_of_their_own(sign_in: SignIn, bob: HelpDesk):
    made = draft(bob)
    with pytest.raises(Forbidden):
        move(sign_in("frank"), made, ArticleState.ARCHIVED)
    assert move(bob, made, ArticleState.ARCHIVED).state is ArticleState.ARCHIVED


def test_a_state_must_follow_from_the_one_before(bob: HelpDesk, charlie: HelpDesk):
    made = published(bob, charlie)
    with pytest.raises(Invalid, match="KB-1 is Published and cannot become In Review"):
        move(charlie, made, ArticleState.REVIEW)


def test_only_staff_review(bob: HelpDesk):
    with pytest.raises(Invalid, match="cannot review") as refused:
        draft(bob, reviewer_id=ALICE)
    assert refused.value.field == "reviewer_id"
    assert draft(bob, reviewer_id=FRANK).reviewer is not None


# --- texts and revisions ------------------------------------------------------------------------


def test_every_save_is_a_revision_and_none_changes(bob: HelpDesk, charlie: HelpDesk):
    made = draft(bob, body="one", tags=("a",))
    second = save(bob, made, body="two", tags=("b",))
    third = save(charlie, second, summary="Short.")
    rows = bob.articles.revisions(made.id, before=1000)
    assert [(row.number, row.author.full_name if row.author else "") for row in rows] == [
        (3, "Charlie Hart"), (2, "Bob Keller"), (1, "Bob Keller"),
    ]  # fmt: skip
    assert [row.number for row in bob.articles.revisions(made.id, before=3)] == [2, 1]
    first = bob.articles.revision(made.id, 1)
    assert (first.body, first.tags, first.summary) == ("one", ("a",), "")
    restored = bob.articles.restore(made.id, ArticleRestore(revision=1, version=third.version))
    assert (restored.body, restored.tags, restored.revision) == ("one", ("a",), 4)
    assert bob.articles.revision(made.id, 3).body == "two"
    with pytest.raises(NotFound, match="KB-1 has no revision 9"):
        bob.articles.revision(made.id, 9)


def test_saving_the_same_text_makes_no_revision(bob: HelpDesk, charlie: HelpDesk):
    made = published(bob, charlie, body="same")
    same = save(charlie, made, body="same", reviewer_id=FRANK)
    assert (same.revision, same.state) == (1, ArticleState.PUBLISHED)
    assert same.reviewer is not None
    assert same.version == made.version + 1


def test_a_late_change_meets_the_present_state(bob: HelpDesk, charlie: HelpDesk):
    made = draft(bob, body="one")
    save(charlie, made, body="theirs")
    with pytest.raises(Conflict) as stale:
        save(bob, made, body="mine")
    assert isinstance(stale.value.current, ArticleView)
    assert stale.value.current.body == "theirs"


def test_a_text_round_trips_whatever_it_holds(bob: HelpDesk):
    body = "  indented\r\n\tcode \u202e 👩‍👩‍👧 e\u0301\n\n---\n"
    made = draft(bob, "Weird", body=body)
    assert bob.articles.view(made.id).body == body.replace("\r\n", "\n")


# --- lists --------------------------------------------------------------------------------------


def test_the_best_heading_comes_first(alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk):
    in_text = published(bob, charlie, "Something else", body="how to print on both sides")
    in_title = published(bob, charlie, "Print both sides", body="x")
    in_tags = published(bob, charlie, "Duplex", tags=("print", "both sides"))
    assert found(alice, "print both sides") == [in_title.id, in_tags.id, in_text.id]
    row = alice.articles.search(ArticleQuery(text="both")).items[-1]
    assert row.excerpt is not None
    assert "\x02both\x03" in row.excerpt


def test_lists_are_filtered_and_ordered(alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk):
    network = charlie.articles.add_category(NewArticleCategory(name="Network"))
    vpn = charlie.articles.add_category(NewArticleCategory(name="VPN", parent_id=network.id))
    b = published(bob, charlie, "b", category_id=vpn.id, tags=("home",))
    a = published(bob, charlie, "A", category_id=network.id, language="de")
    c = published(bob, charlie, "c")
    assert found(alice) == [a.id, b.id, c.id]
    assert found(alice, sort="updated") == [c.id, a.id, b.id]
    assert found(alice, category_id=network.id) == [a.id, b.id]
    assert found(alice, category_id=vpn.id) == [b.id]
    assert found(alice, category_id=99) == []
    assert found(alice, tag="HOME") == [b.id]
    assert found(alice, tag="ho") == []
    assert found(alice, language="de") == [a.id]
    alice.knowledge.note_read(c.id)
    assert found(alice, sort="read") == [c.id, a.id, b.id]
    assert found(bob, mine=True) == [a.id, b.id, c.id]
    assert found(charlie, mine=True) == []
    draft(bob, "d", category_id=vpn.id)
    published(bob, charlie, "e", category_id=vpn.id, visibility=Visibility.TECHNICIANS)
    counts = {each.name: each.articles for each in alice.articles.categories()}
    assert counts == {"Network": 1, "VPN": 1}
    assert {each.name: each.articles for each in bob.articles.categories()}["VPN"] == 3


@pytest.mark.parametrize("sort", ["title", "updated", "read"])
def test_pages_hold_each_article_once(bob: HelpDesk, sort: str):
    wanted = {draft(bob, f"Title {n % 3}").id for n in range(7)}
    seen: list[int] = []
    cursor = None
    while True:
        page = bob.articles.search(ArticleQuery(sort=sort, limit=2, cursor=cursor))
        seen += [row.id for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(wanted)
    assert len(seen) == 7


def test_what_is_suggested_is_about_the_question(alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk):
    printing = published(bob, charlie, "A print job hangs", body="Restart the spooler service.")
    published(bob, charlie, "Order a phone", body="Ask your manager for a job and a phone.")
    (best,) = alice.articles.suggest(
        SuggestionQuery(text="Hello, my printing jobs hang since today, please help")
    )
    assert best.article.id == printing.id
    assert best.words == ("printing", "jobs", "hang")
    assert alice.articles.suggest(SuggestionQuery(text="please help me with my problem")) == ()
    assert alice.articles.suggest(SuggestionQuery(text="")) == ()
    assert alice.articles.suggest(SuggestionQuery(text='" AND ( % _ \\ *')) == ()


EVERYDAY = {
    "My VPN keeps dropping since this morning": "VPN drops or does not connect",
    "VPN": "VPN drops or does not connect",
    "wifi not working": "Join the office Wi-Fi",
    "Wi-Fi does not work": "Join the office Wi-Fi",
    "the printers keep jamming": "Paper jams in a printer",
    "printing": "Paper jams in a printer",
}


@pytest.mark.parametrize("question", EVERYDAY)
def test_everyday_words_find_what_is_meant(
    alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk, question: str
):
    published(bob, charlie, "Join the office Wi-Fi", body="Choose CORP-WLAN.")
    published(bob, charlie, "Paper jams in a printer", body="Open the lid.")
    published(bob, charlie, "VPN drops or does not connect", body="Work through this.")
    published(
        bob, charlie, "Set up your workplace at home", tags=("vpn", "wi-fi"),
        body="It works with VPN and Wi-Fi.",
    )  # fmt: skip
    wanted = EVERYDAY[question]
    assert alice.articles.suggest(SuggestionQuery(text=question))[0].article.title == wanted
    assert alice.articles.search(ArticleQuery(text=question)).items[0].title == wanted


def test_only_words_alone_are_searched_in_other_forms(
    alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk
):
    made = published(bob, charlie, "Paper jams in a printer", tags=("paper",))
    assert found(alice, "printing") == [made.id]
    assert found(alice, "printing", tag="paper") == []
    assert found(alice, "unheard-of") == []


# --- what waits ---------------------------------------------------------------------------------


def test_a_review_of_a_leaver_waits_for_somebody_else(
    bob: HelpDesk, charlie: HelpDesk, sign_in: SignIn, embedded: EmbeddedDesk,
    clock: SettableClock,
):  # fmt: skip
    made = published(bob, charlie, reviewer_id=FRANK)
    save(charlie, made, review_due=clock.now)
    admin = embedded.as_system()
    for leaver, person in (("frank", bob), ("bob", charlie)):
        assert person.articles.waiting().due == 0
        account = admin.users.named(leaver)
        admin.users.change(account.id, UserChange(role=Role.USER, version=account.version))
        assert person.articles.waiting().due == 1


@pytest.mark.parametrize("moment", ["9999-12-31T23:00:00-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_review_date_is_one_that_can_be_read_again(bob: HelpDesk, moment: str):
    with pytest.raises((Invalid, ValidationError), match="between the years 1970 and 8999"):
        draft(bob, review_due=datetime.fromisoformat(moment))
    last = datetime.fromisoformat("8999-12-31T23:59:59-12:00")
    assert draft(bob, review_due=last).review_due == last


def test_readers_cannot_ask_who_reviews_an_article_and_when(
    alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk, clock: SettableClock
):
    made = published(bob, charlie, reviewer_id=FRANK)
    other = published(bob, charlie, "Other")
    both = {made.id, other.id}
    assert set(found(alice, due=True)) == set(found(alice, mine=True)) == both
    assert set(found(alice, states=(ArticleState.DRAFT,))) == both
    top = charlie.articles.add_category(NewArticleCategory(name="Layoffs"))
    draft(bob, "x", category_id=top.id)
    assert alice.articles.categories() == ()


def test_publishing_what_is_published_changes_nothing_for_readers(
    bob: HelpDesk, charlie: HelpDesk, clock: SettableClock
):
    made = published(bob, charlie)
    clock.forward(hours=1)
    again = save(charlie, made, publish=True)
    assert again.published_at == made.published_at


def test_any_number_can_be_named_to_go_on_behind(bob: HelpDesk):
    made = draft(bob)
    assert len(bob.articles.revisions(made.id, before=2**62)) == 1
    assert bob.articles.revisions(made.id, before=-1) == ()


def test_reviews_wait_for_managers_and_due_articles_for_their_reviewer(
    bob: HelpDesk, charlie: HelpDesk, sign_in: SignIn, clock: SettableClock
):
    asked = move(bob, draft(bob, "One"), ArticleState.REVIEW)
    kept = published(bob, charlie, "Two", reviewer_id=FRANK)
    assert charlie.articles.waiting() == ArticlesWaiting(review=1, due=0)
    assert bob.articles.waiting() == ArticlesWaiting(review=0, due=0)
    assert kept.review_due == clock.now + timedelta(days=365)
    clock.forward(days=366)
    frank = sign_in("frank")
    assert frank.articles.waiting() == ArticlesWaiting(review=0, due=1)
    assert found(frank, due=True) == [kept.id]
    charlie = sign_in("charlie")
    save(charlie, charlie.articles.view(kept.id), body="Still true.", publish=True)
    assert frank.articles.waiting() == ArticlesWaiting(review=0, due=0)
    assert charlie.articles.view(asked.id).state is ArticleState.REVIEW


# --- links and pictures -------------------------------------------------------------------------


def test_broken_links_are_told_with_their_reason(bob: HelpDesk, charlie: HelpDesk):
    internal = published(bob, charlie, "Internal", visibility=Visibility.TECHNICIANS)
    hidden = draft(bob, "Not yet")
    old = move(charlie, draft(bob, "Old"), ArticleState.ARCHIVED)
    body = (
        f"[a](KB-{internal.id}) [b](KB-{hidden.id}) [c](KB-{old.id}) [d](kb-77) ![](image-5)"
        f" [fine](KB-5) `[no](KB-78)`"
    )
    made = published(bob, charlie, "Links", body=body)
    told = {(link.target, link.problem) for link in bob.articles.broken_links()}
    assert told == {
        (f"KB-{internal.id}", "Only technicians may read it."),
        (f"KB-{hidden.id}", "It is not published."),
        (f"KB-{old.id}", "It is in the archive."),
        ("KB-5", "There is no such article."),
        ("KB-77", "There is no such article."),
        ("image-5", "There is no such picture in this article."),
    }
    save(charlie, made, body="None.", publish=True)
    assert bob.articles.broken_links() == ()


def test_pictures_are_seen_by_who_sees_the_article(
    alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk
):
    made = draft(bob)
    image = bob.articles.add_image(made.id, NewImage(data=PNG))
    assert (image.kind, image.bytes, image.markdown) == ("image/png", len(PNG), "![](image-1)")
    assert bob.articles.add_image(made.id, NewImage(data=PNG)) == image
    with pytest.raises(NotFound, match="no such picture"):
        alice.articles.image(image.id)
    shown = save(charlie, made, body=image.markdown, publish=True)
    assert alice.articles.image(image.id).data == PNG
    assert alice.articles.view(made.id).image_ids == (image.id,)
    newer = bob.articles.add_image(made.id, NewImage(data=PNG + b"canary"))
    save(bob, shown, body=newer.markdown)
    assert bob.articles.image(newer.id).data.endswith(b"canary")
    assert alice.articles.view(made.id).image_ids == (image.id,)
    with pytest.raises(NotFound, match="no such picture"):
        alice.articles.image(newer.id)


@pytest.mark.parametrize(
    "data", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"RIFF1234WAVE"]
)
def test_a_picture_must_be_one(bob: HelpDesk, data: bytes):
    with pytest.raises(Invalid, match="PNG, JPEG, GIF or WebP"):
        bob.articles.add_image(draft(bob).id, NewImage(data=data))


# --- categories ---------------------------------------------------------------------------------


def test_categories_are_a_tree_without_loops_and_namesakes(charlie: HelpDesk):
    add = charlie.articles.add_category
    top = add(NewArticleCategory(name="Network"))
    below = add(NewArticleCategory(name="VPN", parent_id=top.id))
    with pytest.raises(Invalid, match="a category vpn already"):
        add(NewArticleCategory(name="vpn", parent_id=top.id))
    with pytest.raises(Invalid, match="below itself"):
        charlie.articles.change_category(
            top.id, ArticleCategoryChange(parent_id=below.id, version=1)
        )
    moved = charlie.articles.change_category(
        below.id, ArticleCategoryChange(name="Remote", parent_id=None, version=1)
    )
    assert (moved.name, moved.parent_id, moved.version) == ("Remote", None, 2)
    with pytest.raises(Conflict):
        charlie.articles.change_category(below.id, ArticleCategoryChange(name="x", version=1))
    here = moved
    for level in range(4):
        here = add(NewArticleCategory(name=f"Level {level}", parent_id=here.id))
    with pytest.raises(Invalid, match="5 deep"):
        add(NewArticleCategory(name="Too deep", parent_id=here.id))
    with pytest.raises(Invalid, match="does not exist"):
        draft(charlie, category_id=99)


# --- news ---------------------------------------------------------------------------------------


def test_readers_hear_of_what_they_can_see_and_of_nothing_else(
    alice: HelpDesk, bob: HelpDesk, charlie: HelpDesk
):
    start = alice.tickets.changes("").cursor

    def heard(desk: HelpDesk) -> dict[str, tuple[int, ...]]:
        return {each.kind: each.ids for each in desk.tickets.changes(start).others}

    made = draft(bob)
    assert heard(alice) == {}
    assert heard(bob) == {"article_draft": (made.id,)}
    shown = move(charlie, made, ArticleState.PUBLISHED)
    assert heard(alice) == {"article": (made.id,)}
    start = alice.tickets.changes("").cursor
    newer = save(bob, shown, body="Newer.")
    assert heard(alice) == {}
    seen = alice.articles.view(made.id)
    assert (seen.version, seen.updated_at) == (1, seen.published_at)
    move(charlie, newer, ArticleState.ARCHIVED)
    assert heard(alice) == {"article": (made.id,)}
