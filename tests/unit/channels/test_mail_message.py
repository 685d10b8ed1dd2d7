# SPDX-License-Identifier: GPL-3.0-or-later
"""E03 and E04: no text becomes a header or a recipient, and robots are asked not to answer."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpdesk.channels import mail_message
from helpdesk.channels.mail_message import Envelope, compose, deliverable
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.notifications import MailBody
from helpdesk.ui.tokens import LIGHT

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TO, SENDER = "alice@corp.example", "helpdesk@corp.example"
EVIL = "a\r\nBcc: evil@evil.example\u2028X-Evil: 1\x85X-Evil: 2"
ENCODED = "=?utf-8?q?a=0D=0ABcc=3A_evil@evil.example?="
HEADERS = {
    "From", "Reply-To", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
    "Auto-Submitted", "X-Auto-Response-Suppress", "Precedence", "MIME-Version", "Content-Type",
}  # fmt: skip


def mail(subject: str = "", to: str = TO, key: str = "k1@desk", **body: Any) -> EmailMessage:
    """Return a mail as its receiver reads it."""
    known = {
        "title": "Bob Keller replied to HD-1042", "number": "HD-1042",
        "ticket_subject": "Printer jams", "to_name": "Alice Moreau",
    } | body  # fmt: skip
    envelope = Envelope(SENDER, "Help Desk", to, key, "ticket-1042.ab12", AT)
    composed = compose(envelope, MailBody.model_validate(known), subject)
    return message_from_bytes(composed.as_bytes(), policy=SMTP)


def text_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_a_mail_says_what_happened_in_both_forms():
    message = mail(
        lines=("It was opened.", "", "It is due today."), comment="Try <b>this</b>.\n> Hm",
        why="You opened the ticket.",
    )  # fmt: skip
    assert str(message["Subject"]) == "[HD-1042] Printer jams"
    assert str(message["To"]) == "Alice Moreau <alice@corp.example>"
    assert str(message["Reply-To"]) == "Help Desk <helpdesk@corp.example>"
    assert str(message["Date"]) == "Mon, 23 Nov 2026 09:00:00 +0000"
    plain = text_of(message, "plain")
    for line in ("Hello Alice Moreau,", "It is due today.", "> Try <b>this</b>.", "> > Hm"):
        assert f"\r\n{line}\r\n" in f"\r\n{plain}"
    assert "Why: You opened the ticket." in plain
    html = text_of(message, "html")
    assert "Try &lt;b&gt;this&lt;/b&gt;." in html
    # Nothing is fetched when it is read, nor can it be told by that who reads it.
    for remote in ("http:", "https:", "src=", "url(", "<link", "<script"):
        assert remote not in html


def test_mails_on_a_ticket_are_held_together_and_known_again():
    first, second = mail(key="k1@desk"), mail(key="k2@desk", title="Another")
    for name in ("References", "In-Reply-To", "Subject"):
        assert first[name] == second[name]
    assert first["References"] == "<ticket-1042.ab12@corp.example>"
    assert (first["Message-ID"], second["Message-ID"]) == ("<k1@desk>", "<k2@desk>")
    digest = compose(Envelope(SENDER, "", TO, "odd key\r\n", "", AT), MailBody(title="D"), "Today")
    assert digest["References"] is None
    assert digest["Subject"] == "Today"
    assert str(digest["Message-ID"]).endswith("@corp.example>")
    assert str(digest["Message-ID"]).isprintable()


def test_no_robot_is_to_answer():
    message = mail()
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Precedence"] == "bulk"


@settings(max_examples=60)
@given(st.text(max_size=300))
@example(EVIL)
@example(ENCODED)
@example(ENCODED * 9)
@example(f"Moreau, “Älice” <evil@evil.example>, {ENCODED}" * 3)
@example('"@evil.example, \\evil@evil.example (ü) [x]: ; ' * 5)
@example("\ud800\x00\u202e")
def test_no_text_becomes_a_header_or_a_recipient(text: str):
    places = ("ticket_subject", "title", "number", "to_name", "why")
    message = mail(text, **dict.fromkeys(places, text), lines=(text,), comment=text)
    assert set(message.keys()) == HEADERS
    assert [address.addr_spec for address in message["To"].addresses] == [TO]
    assert [address.addr_spec for address in message["From"].addresses] == [SENDER]
    assert not set("\r\n") & set(str(message["Subject"]))


def test_a_sender_with_a_name_of_any_kind_is_one_sender():
    for name in (EVIL, ENCODED, 'Desk, "Help" <evil@evil.example>'):
        composed = compose(Envelope(SENDER, name, TO, "k", "", AT), MailBody(title="x"), "x")
        read = message_from_bytes(composed.as_bytes(), policy=SMTP)
        assert [address.addr_spec for address in read["From"].addresses] == [SENDER]
        assert "Bcc" not in read


@pytest.mark.parametrize(
    "address",
    [
        "", "alice", "a@b@c", "alice@corp.example\r\nBcc: e@e", "a b@corp.example",
        "<a@corp.example>", "a,b@corp.example", '"a"@corp.example', "a@corp..example",
        "a@\u2028x", "a\u2028@x",
        "=?utf-8?q?a=0D=0A?=@corp.example", ".a@x", "a.@x", "a" * 65 + "@x", "a@" + "x" * 64,
        "\ud800@x", "a@x>", "-oX@x y",
    ],
)  # fmt: skip
def test_what_is_no_address_gets_no_mail(address: str):
    with pytest.raises(Invalid, match="no address that mail can be sent to"):
        mail(to=address)


def test_addresses_of_the_world():
    assert deliverable("Jörg@exämple.org") == "Jörg@xn--exmple-cua.org"
    message = compose(
        Envelope(SENDER, "", "jörg@exämple.org", "k", "", AT), MailBody(title="x"), "ü"
    )
    assert b"To: j\xc3\xb6rg@xn--exmple-cua.org\r\n" in message.as_bytes()


def test_huge_texts_are_cut():
    message = mail(
        title="t" * 9_000, ticket_subject="s" * 9_000, comment="c" * 2_000_000,
        lines=("l" * 9_000,) * 3 + ("x",) * 5_000,
    )  # fmt: skip
    assert len(str(message["Subject"])) == 250
    assert len(message.as_bytes()) < 600_000
    assert text_of(message, "plain").count("stands in the help desk") == 2


def test_the_colours_are_those_of_the_light_theme():
    for name, colour in mail_message.COLOURS.items():
        assert getattr(LIGHT, name) == colour


def test_a_mail_asks_how_it_went_with_a_link_for_each_score():
    url = "https://desk.example/rate/7-0-abc"
    asked = mail(rating_url=url)
    for kind in ("plain", "html"):
        text = text_of(asked, kind)
        assert "How did we do?" in text
        assert [f"{url}?score={score}" in text for score in range(1, 6)] == [True] * 5
        assert "nothing is sent before" in text
        assert "How did we do?" not in text_of(mail(), kind)
    # Not even a setting gone wrong brings markup into a mail.
    assert "<x" not in text_of(mail(rating_url='https://desk.example/"><x'), "html")
