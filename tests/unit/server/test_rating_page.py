# SPDX-License-Identifier: GPL-3.0-or-later
"""The page behind the links of a mail: only its button rates, and it shows text alone."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import httpx
import pytest
from sqlalchemy import select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import TooManyAttempts
from helpdesk.core.schemas.ratings import COMMENT_LIMIT
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Reopening, Status
from helpdesk.core.tokens import DARK, LIGHT
from helpdesk.models import Rating
from helpdesk.server import pace
from helpdesk.server.pace import Pace
from helpdesk.server.rating_routes import FORM_BYTES
from helpdesk.services.rating_links import NO_LINK
from tests.contract.desks import dump, rating_token
from tests.servers import wait_until

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> &amp; \u202eevil"


class Found(HTMLParser):
    """What stands on a page, as a browser reads it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def hidden(self) -> dict[str | None, str | None]:
        inputs = [a for tag, a in self.tags if tag == "input" and a.get("type") == "hidden"]
        return {each["name"]: each["value"] for each in inputs}

    def checked(self, name: str) -> list[str | None]:
        return [a.get("value") for _, a in self.tags if a.get("name") == name and "checked" in a]


@pytest.fixture
def solved(sign_in):
    """Return the ticket of alice's that bob has solved; its subject means harm."""
    ticket = sign_in("alice").tickets.open(NewTicket(subject=HOSTILE))
    return sign_in("bob").tickets.comment(
        ticket.id, NewComment(body="Done.", status=Status.RESOLVED)
    )


@pytest.fixture
def path(embedded: EmbeddedDesk, solved) -> str:
    return f"/rate/{rating_token(embedded, solved.id)}"


def kept(embedded: EmbeddedDesk) -> tuple[int, str | None, str] | None:
    with embedded.database.reading() as session:
        row = session.execute(select(Rating.score, Rating.reason, Rating.comment)).one_or_none()
        return None if row is None else (row[0], row[1], row[2])


def test_opening_a_link_rates_nothing_and_shows_text_alone(embedded, anybody, path):
    before = dump(embedded.database)
    answer = anybody.get(f"{path}?score=4")
    assert anybody.head(f"{path}?score=1").status_code == 200
    assert dump(embedded.database) == before
    found = Found(answer.text)
    assert found.checked("score") == ["4"]
    assert HOSTILE in found.text
    names = {tag for tag, _ in found.tags}
    assert not names & {"script", "img", "link", "iframe", "object", "base", "a"}
    for _, attributes in found.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert "src" not in attributes
    assert ("html", {"lang": "en"}) in found.tags
    form = next(attributes for tag, attributes in found.tags if tag == "form")
    assert form["method"] == "post"
    assert "action" not in form


def test_a_browser_may_show_its_one_style_and_nothing_else(anybody, path):
    answer = anybody.get(path)
    policy = answer.headers["content-security-policy"]
    styles = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(styles[0].encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    )
    assert len(styles) == 1
    assert "url(" not in styles[0]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers


def test_its_colours_are_those_of_the_windows(anybody, path):
    (style,) = re.findall(r"<style>(.*?)</style>", anybody.get(path).text, re.DOTALL)
    light, dark = (
        dict(re.findall(r"--(\w+):(#\w{6})", rules)) for rules in style.split("@media", 1)
    )
    assert light == {name: getattr(LIGHT, name) for name in light}
    assert dark == {name: getattr(DARK, name) for name in light}
    assert set(re.findall(r"var\(--(\w+)\)", style)) == light.keys()


def test_the_button_rates_and_the_page_lets_change_it(embedded, anybody, path, sign_in, solved):
    comment = "Too slow.\r\n<b>Really</b> \U0001f622"
    said = {"score": "2", "reason": "slow", "comment": comment}
    answer = anybody.post(f"{path}?score=5", data=said)
    assert answer.status_code == 200
    found = Found(answer.text)
    assert "Thank you" in found.text
    assert "You gave 2 of 5" in found.text
    assert (found.checked("score"), found.checked("reason")) == (["2"], ["slow"])
    assert "<b>Really</b>" in found.text
    assert kept(embedded) == (2, "slow", comment.replace("\r\n", "\n"))
    seen = sign_in("bob").tickets.view(solved.id).rating
    assert seen is not None
    assert seen.by_mail
    # A better score has no reason, and sent again it is the same.
    again = {"score": "4", "reason": "slow", "comment": "", **found.hidden()}
    assert anybody.post(path, data=again).status_code == 200
    before = dump(embedded.database)
    assert "You gave 4 of 5" in Found(anybody.post(path, data=again).text).text
    assert dump(embedded.database) == before
    assert kept(embedded) == (4, None, "")
    assert Found(anybody.get(f"{path}?score=1").text).checked("score") == ["1"]


def test_who_opens_a_link_again_sees_the_score_but_no_words(embedded, anybody, path):
    said = {"score": "2", "reason": "slow", "comment": "Between us: a shame."}
    anybody.post(path, data=said)
    found = Found(anybody.get(path).text)
    assert "You gave 2 of 5" in found.text
    assert found.checked("score") == ["2"]
    assert "shame" not in found.text
    assert found.checked("reason") == []
    answer = anybody.post(path, data={"score": "1", "comment": "", **found.hidden()})
    assert "shame" not in answer.text
    assert kept(embedded) == (1, "slow", "Between us: a shame.")


@pytest.mark.parametrize("token", ["x", "1-0-" + "A" * 43, "1" * 301, "%3Cscript%3E", "é", ".."])
def test_a_wrong_link_says_no_more_than_an_old_one(embedded, anybody, path, solved, token, sign_in):
    sign_in("alice").tickets.reopen(solved.id, Reopening())
    before = dump(embedded.database)
    old = anybody.get(path)
    assert old.status_code == 404
    assert NO_LINK in Found(old.text).text
    assert "HD-" not in old.text
    for answer in (
        anybody.get(f"/rate/{token}"),
        anybody.post(f"/rate/{token}", data={"score": "5"}),
        anybody.post(path, data={"score": "5"}),
    ):
        if token == "..":
            # The client takes this for another address.
            continue
        assert (answer.status_code, answer.text) == (404, old.text)
    assert dump(embedded.database) == before


def test_what_is_no_form_or_too_much_is_refused_and_nothing_is_lost(embedded, anybody, path):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert anybody.post(path, json={"score": 5}).status_code == 400
    assert anybody.post(path, content=b"score=5&comment=%ff", headers=form).status_code == 400
    assert anybody.post(path, content=b"a=1&" * 50, headers=form).status_code == 400
    large = b"score=5&comment=" + b"x" * FORM_BYTES
    assert anybody.post(path, content=large, headers=form).status_code == 413
    assert anybody.put(path, data={"score": "5"}).status_code == 405
    without = anybody.post(path, data={"comment": "Mine & yours", "score": "9"})
    assert without.status_code == 422
    assert "Choose one of the five ratings first." in without.text
    assert "Mine & yours" in Found(without.text).text
    long = anybody.post(path, data={"score": "3", "comment": "y" * (COMMENT_LIMIT + 1)})
    assert long.status_code == 422
    assert "y" * (COMMENT_LIMIT + 1) in long.text
    assert kept(embedded) is None
    longest = anybody.post(path, data={"score": "3", "comment": "\u4e2d" * COMMENT_LIMIT})
    assert longest.status_code == 200


def test_strangers_ask_only_so_often_from_one_place(anybody, path, url, monkeypatch):
    monkeypatch.setattr(pace, "MOST_A_MINUTE", 3)
    token = path.rpartition("/")[2]
    there = {"X-Forwarded-For": "203.0.113.9"}
    with httpx.Client(base_url=url, trust_env=False, headers=there) as stranger:
        assert [stranger.get(path).status_code for _ in range(3)] == [200] * 3
        refused = stranger.get(path)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        assert "HD-" not in refused.text
        by_api = stranger.get("/api/v1/ratings/invitation", params={"token": token})
        assert by_api.status_code == 429
    assert anybody.get(path).status_code == 200


def test_a_pace_comes_back_with_time_and_forgets_the_silent(monkeypatch):
    monkeypatch.setattr(pace, "_MOST_SOURCES", 2)
    now = 0.0
    bound = Pace(lambda: now)

    def ask(source: str) -> bool:
        scope = {"client": (source, 1), "headers": []}
        try:
            bound.require(scope)
        except TooManyAttempts:
            return False
        return True

    assert [ask("203.0.113.1") for _ in range(61)] == [True] * 60 + [False]
    now = 1.0
    assert [ask("203.0.113.1") for _ in range(2)] == [True, False]
    assert ask("203.0.113.2")
    assert ask("203.0.113.3")
    # Of three places two are remembered.
    assert ask("203.0.113.1")


def test_the_figures_of_the_server_do_not_name_tokens(anybody, path):
    anybody.get(path)
    wait_until(lambda: 'operation="rate",status="200"' in anybody.get("/metrics").text)
    assert path.rpartition("/")[2] not in anybody.get("/metrics").text
