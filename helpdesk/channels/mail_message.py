# SPDX-License-Identifier: GPL-3.0-or-later
"""Composes a mail of what a message says, so that no text in it becomes a header or a recipient.

Python's own messages decode '=?utf-8?q?…?=' in what is set as a header, line breaks and all: such
a text is taken apart before it gets there, and so is all that has a meaning in an address.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.notifications import MailBody
from helpdesk.core.schemas.ratings import SCORE_LABELS
from helpdesk.core.text import SUBJECT_LIMIT, ellipsis, single_line, storable

LONGEST_COMMENT, LONGEST_LINE, MOST_LINES = 10_000, 2_000, 1_000
_LONGEST_NAME = 100
_NO_ADDRESS = "{address} is no address that mail can be sent to; correct it in the account."
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_DOMAIN = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*", re.IGNORECASE)
_KEY = re.compile(r"[\w+-]+(\.[\w+-]+)*@[a-z0-9-]+(\.[a-z0-9-]+)*", re.ASCII | re.IGNORECASE)
_MEANS_SOMETHING = re.compile(r'[()<>@,;:\\"\[\]]+')
_MORE = "… (The rest stands in the help desk.)"
_FOOTER = (
    "This message comes from the help desk by itself. Answer in the help desk: a reply to this mail"
    " does not reach the ticket. There you also choose what you are told by mail, in the settings"
    " under Notifications."
)
_QUESTION = "How did we do?"
_ASKS_FIRST = "A page opens in your browser, and nothing is sent before you press the button there."
COLOURS = {
    "background": "#F5F6F8", "surface": "#FFFFFF", "line": "#E1E4EA",
    "text": "#1B2230", "muted": "#667085", "accent": "#2F5FDE",
}  # fmt: skip
"""Those of the light theme: what shows a mail knows no other."""
_FONT = "font-family:Inter,'Segoe UI',Helvetica,Arial,sans-serif;font-size:14px;line-height:1.5"
_BUTTON = (
    "display:inline-block;margin:0 6px 8px 0;padding:10px 14px;border:1px solid {line};"
    "border-radius:6px;color:{accent};text-decoration:none;font-weight:600"
)
_SMALL = "margin:4px 0 0;color:{muted};font-size:12px"
_PAGE = """\
<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{subject}</title></head>
<body style="margin:0;padding:24px;background:{background};color:{text};{font}">
<div style="max-width:640px;margin:0 auto;padding:24px;background:{surface};\
border:1px solid {line};border-radius:8px">
{parts}
</div>
<p style="max-width:640px;margin:16px auto 0;color:{muted};font-size:12px">{footer}</p>
</body></html>
"""


@dataclass(frozen=True)
class Envelope:
    """Between whom a mail goes, and what it is known by."""

    sender: str
    sender_name: str
    to: str
    key: str
    """What its receiver knows it by when it comes twice."""
    thread: str
    """The ticket in this desk, which holds its mails together; empty for none."""
    at: datetime


def compose(
    envelope: Envelope,
    body: MailBody,
    subject: str,
    files: Sequence[tuple[str, str, bytes]] = (),
) -> EmailMessage:
    """Return the mail. Raises ``Invalid`` for an address that no mail can be sent to.

    ``files`` are what it carries: of each the name, the media type and the content.
    """
    sender = deliverable(envelope.sender)
    to = deliverable(envelope.to)
    domain = sender.rpartition("@")[2]
    # Bytes beyond ASCII only where an address has them: not every server takes them.
    needs_utf8 = not (sender + to).isascii()
    mail = EmailMessage(policy=SMTP.clone(cte_type="7bit", utf8=needs_utf8))
    subject = _subject(body, subject)
    mail["From"] = mail["Reply-To"] = _named(envelope.sender_name, sender)
    mail["To"] = _named(body.to_name, to)
    mail["Subject"] = _undecodable(subject)
    mail["Date"] = format_datetime(envelope.at)
    mail["Message-ID"] = f"<{_key(envelope.key, domain)}>"
    if envelope.thread:
        root = f"<{_key(envelope.thread, domain)}>"
        mail["In-Reply-To"] = root
        mail["References"] = root
    # So that no robot answers: RFC 3834, Exchange, and older ones, in this order.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["Precedence"] = "bulk"
    mail.set_content(_plain(body))
    mail.add_alternative(_html(body, subject), subtype="html")
    for name, media_type, data in files:
        main, _, sub = media_type.partition("/")
        plain = _undecodable(single_line(name))
        mail.add_attachment(data, maintype=main, subtype=sub, filename=plain)
    return mail


def deliverable(address: str) -> str:
    """Return an address as servers take it, its domain in ASCII. Raises ``Invalid``."""
    local, at, domain = address.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        at = ""
    fits = len(local.encode("utf-8", "replace")) <= 64 and len(domain) <= 253
    if not at or not fits or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        shown = ellipsis(single_line(address), 100)
        raise Invalid(_NO_ADDRESS.format(address=shown or "Nothing"), field="email")
    if "=?" in local:
        raise Invalid(_NO_ADDRESS.format(address=single_line(address)), field="email")
    return f"{local}@{domain}"


def _key(key: str, domain: str) -> str:
    """Return an id of a message, made of any text in always the same way."""
    whole = key if "@" in key else f"{key}@{domain}"
    if _KEY.fullmatch(whole) and len(whole) <= 200:
        return whole
    return f"{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:40]}@{domain}"


def _subject(body: MailBody, subject: str) -> str:
    """Return the same for every mail on a ticket, by which programs hold them together."""
    if body.number:
        subject = f"[{body.number}] {body.ticket_subject}"
    return ellipsis(single_line(subject) or single_line(body.title), SUBJECT_LIMIT)


def _named(name: str, address: str) -> Address:
    plain = _MEANS_SOMETHING.sub(" ", _undecodable(single_line(name)))
    local, _, domain = address.rpartition("@")
    return Address(ellipsis(" ".join(plain.split()), _LONGEST_NAME), local, domain)


def _undecodable(text: str) -> str:
    return text.replace("=?", "= ?")


def _lines(body: MailBody) -> list[str]:
    lines = [ellipsis(single_line(line), LONGEST_LINE) for line in body.lines[:MOST_LINES]]
    return [*lines, _MORE] if len(body.lines) > MOST_LINES else lines


def _comment(body: MailBody) -> str:
    comment = storable(body.comment or "").strip()
    return comment if len(comment) <= LONGEST_COMMENT else comment[:LONGEST_COMMENT] + _MORE


def _about(body: MailBody) -> str:
    return single_line(f"{body.number} {body.ticket_subject}") if body.number else ""


def _plain(body: MailBody) -> str:
    greeting = f"Hello {single_line(body.to_name)}," if body.to_name else ""
    comment = "\n".join(f"> {line}" for line in _comment(body).splitlines())
    why = f"Why: {single_line(body.why)}" if body.why else ""
    parts = [greeting, single_line(body.title), "\n".join(_lines(body)), comment]
    if links := _rating_links(body):
        choices = "\n".join(f"{label}: {url}" for url, label in links)
        parts.append(f"{_QUESTION}\n\n{choices}\n\n{_ASKS_FIRST}")
    about = "\n".join(part for part in (_about(body), why) if part)
    return "\n\n".join(part for part in (*parts, about) if part) + f"\n\n-- \n{_FOOTER}\n"


def _rating_links(body: MailBody) -> list[tuple[str, str]]:
    """Return where each score is given, from the best on, and what it is called."""
    if not body.rating_url:
        return []
    return [
        (f"{body.rating_url}?score={score}", f"{score} {SCORE_LABELS[score]}")
        for score in sorted(SCORE_LABELS, reverse=True)
    ]


def _rating(links: list[tuple[str, str]]) -> str:
    """Return the question as HTML: a row of links that are easy to hit with a thumb."""
    buttons = "\n".join(
        f'<a href="{escape(url)}" style="{_BUTTON.format(**COLOURS)}">{escape(label)}</a>'
        for url, label in links
    )
    question = _block(_QUESTION, "margin:20px 0 8px;font-weight:600")
    return f"{question}\n<div>{buttons}</div>\n{_block(_ASKS_FIRST, _SMALL.format(**COLOURS))}"


def _html(body: MailBody, subject: str) -> str:
    parts = []
    if about := _about(body):
        parts.append(_block(about, f"margin:0 0 4px;color:{COLOURS['muted']};font-size:13px"))
    parts.append(_block(single_line(body.title), "margin:0 0 16px;font-size:17px;font-weight:600"))
    parts += [_block(line, "margin:0 0 8px") for line in _lines(body)]
    if comment := _comment(body):
        quoted = f"margin:16px 0;padding:4px 0 4px 12px;border-left:3px solid {COLOURS['accent']}"
        parts.append(_block(comment, quoted + ";white-space:pre-wrap;overflow-wrap:anywhere"))
    if links := _rating_links(body):
        parts.append(_rating(links))
    if body.why:
        parts.append(
            _block(f"Why: {single_line(body.why)}", f"margin:16px 0 0;color:{COLOURS['muted']}")
        )
    shown = {"subject": escape(subject), "parts": "\n".join(parts), "footer": escape(_FOOTER)}
    return _PAGE.format(**shown, **COLOURS, font=_FONT)


def _block(text: str, style: str) -> str:
    return f'<div dir="auto" style="{style}">{escape(text) or "&nbsp;"}</div>'
