# SPDX-License-Identifier: GPL-3.0-or-later
"""F03: what people wrote calls nobody in a chat, fits, and the webhook's secret stays one."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from helpdesk.channels import chat
from helpdesk.channels.chat import LIMITS, payload_of, require_provider, send
from helpdesk.channels.outcome import Outcome, Sent
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.notifications import ChatKind, MailBody
from tests.faults.model_server import JSON, ModelServer, Play, model_server, says

SLACK, TEAMS, DISCORD = ChatKind
TOKEN = "T0P-S3CRET-T0KEN"
EVIL = (
    "@everyone <!channel> <@U024BE7LH> [pay](https://evil.example) http://evil.example"
    " www.evil.example & *b*"
)
HERE = ["127.0.0.1"]


def texts_of(value: Any) -> list[str]:
    """Return what of a payload people read."""
    if isinstance(value, list):
        return [text for each in value for text in texts_of(each)]
    if not isinstance(value, dict):
        return []
    own = [value[key] for key in ("text", "content") if isinstance(value.get(key), str)]
    return own + [text for each in value.values() for text in texts_of(each)]


def posted(play: Play, kind: ChatKind = SLACK) -> tuple[Sent, int, ModelServer]:
    """Post to a server that plays; return what became of it, and how often it was handed over."""
    handed: list[bool] = []

    async def run() -> tuple[Sent, ModelServer]:
        async with model_server(play) as server:
            url = f"{server.url}/services/{TOKEN}?key={TOKEN}"
            sent = await asyncio.to_thread(
                lambda: send(
                    kind, url, MailBody(title="Hello"), allowed=HERE,
                    before_handing_over=lambda: handed.append(True),
                )
            )  # fmt: skip
            return sent, server

    sent, server = asyncio.run(run())
    return sent, len(handed), server


@pytest.mark.parametrize("kind", ChatKind)
def test_mentions_and_links_are_words(kind: ChatKind):
    body = MailBody(title=EVIL, lines=(EVIL,), comment=EVIL, number="HD-1", ticket_subject=EVIL)
    payload = payload_of(kind, body)
    text = "\n".join(texts_of(payload))
    for call in ("@everyone", "<!channel", "<@U0", "https://", "http://", "www.evil"):
        assert call not in text
    assert "everyone" in text
    if kind is SLACK:
        assert not set("<>") & set(text)
        assert (payload["parse"], payload["link_names"], payload["mrkdwn"]) == (
            "none",
            False,
            False,
        )
    elif kind is DISCORD:
        assert payload["allowed_mentions"] == {"parse": []}
        assert r"\*b\*" in text
        assert "[pay]" not in text
    else:
        # Markdown is looked for in blocks of text, not in the runs of a rich one.
        assert '"TextBlock"' not in json.dumps(payload)


@pytest.mark.parametrize("letter", ["x", "&", "*", "@", "\U0001f600", "<!channel> "])
@pytest.mark.parametrize("kind", ChatKind)
def test_what_is_long_is_cut_to_what_the_product_takes(kind: ChatKind, letter: str):
    body = MailBody(title=letter * 10_000, lines=(letter * 10_000,) * 100, comment=letter * 10_000)
    text = "\n".join(texts_of(payload_of(kind, body)))
    assert len(text.encode("utf-16-le")) // 2 <= LIMITS[kind] + 1_500 * (kind is TEAMS)
    assert "…" in text


def test_a_webhook_leads_to_its_product():
    good = {
        SLACK: "https://hooks.slack.com/services/T/B/x",
        TEAMS: "https://prod-1.westeurope.logic.azure.com/workflows/x?sig=y",
        DISCORD: "https://discord.com/api/webhooks/1/x",
    }
    for kind, url in good.items():
        assert require_provider(kind, url, ()).host in url
        for other in set(ChatKind) - {kind}:
            with pytest.raises(Invalid, match="is no host of"):
                require_provider(other, url, ())
    for foreign in ("https://hooks.slack.com.evil.example/", "https://evilhooks.slack.com/",
                    "https://example.org/", "https://slack.com/"):  # fmt: skip
        with pytest.raises(Invalid, match="is no host of Slack"):
            require_provider(SLACK, foreign, ())
    with pytest.raises(Invalid, match="is no host of Microsoft Teams"):
        require_provider(TEAMS, "https://logic.azure.com.evil.example/", ())
    for inside in ("https://127.0.0.1/", "https://2130706433/", "http://hooks.slack.com/"):
        with pytest.raises(Invalid):
            require_provider(SLACK, inside, ())
    assert require_provider(SLACK, "http://chat.corp:8065/hooks/x", ["chat.corp:8065"]).inside


def test_a_message_arrives():
    sent, handed, server = posted(says("ok"))
    assert (sent, handed) == (Sent(Outcome.SENT), 1)
    assert server.calls[0].json["text"] == "Hello"


@pytest.mark.parametrize(
    ("status", "outcome", "sentence"),
    [
        (400, Outcome.REFUSED, "Slack refuses the message: 400 no"),
        (404, Outcome.REFUSED, "make a new one"),
        (302, Outcome.REFUSED, "refuses"),
        (429, Outcome.LATER, "takes the message later"),
        (500, Outcome.LATER, "takes the message later"),
        (504, Outcome.UNSURE, "did not say"),
    ],
)
def test_what_an_answer_means(status: int, outcome: Outcome, sentence: str):
    sent, handed, _ = posted(says(f"no {TOKEN}", status=status, kind=JSON, retry_after="3600"))
    assert (sent.outcome, handed) == (outcome, 1)
    assert sentence in sent.sentence
    assert TOKEN not in sent.sentence
    assert sent.retry_after == (3600 if outcome is Outcome.LATER else None)


def test_what_is_not_reached_is_tried_later_and_what_is_refused_is_not_handed_over():
    def nothing() -> None:
        raise AssertionError

    inside = send(
        SLACK, "https://127.0.0.1/", chat.sample(), allowed=(), before_handing_over=nothing
    )
    assert inside.outcome is Outcome.REFUSED
    away = send(
        SLACK, "http://127.0.0.1:9/x", chat.sample(), allowed=HERE, before_handing_over=lambda: None
    )
    assert away.outcome is Outcome.LATER
