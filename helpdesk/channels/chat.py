# SPDX-License-Identifier: GPL-3.0-or-later
"""Posts to channels of chats by their incoming webhooks; what people wrote calls nobody there.

A mention or a link in a ticket's title must not wake a whole company, nor look as if the help
desk itself had sent it: both are taken apart, and each product is asked to look for none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from helpdesk.channels import web
from helpdesk.channels.outcome import Outcome, Sent
from helpdesk.channels.web import Answer, Target, WebFault
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.notifications import ChatKind, MailBody
from helpdesk.core.text import ellipsis, single_line, storable

PROVIDERS: Mapping[ChatKind, tuple[str, ...]] = {
    ChatKind.SLACK: ("hooks.slack.com",),
    ChatKind.TEAMS: ("*.webhook.office.com", "*.logic.azure.com", "*.powerplatform.com"),
    ChatKind.DISCORD: ("discord.com", "discordapp.com"),
}
"""The hosts of each product that webhooks lead to; all that ends so where it begins with '*'."""
LIMITS: Mapping[ChatKind, int] = {
    ChatKind.SLACK: 3_900,
    ChatKind.TEAMS: 16_000,
    ChatKind.DISCORD: 1_900,
}
"""How long a post may be, in units of UTF-16, below what each product takes."""
_LONGEST_COMMENT, _LONGEST_LINE, _MOST_LINES = 2_000, 1_000, 50
_LONGEST_SAID, _SHORTEST_SECRET = 100, 6
_NO_PREVIEWS = 4
"""Discord's flag for a message whose links show no preview."""
_INSIDE_A_CALL = re.compile(r"(?<=@)|(?<=<)(?=[!#])|(?<=:)(?=//)|(?<=\bwww)(?=\.)", re.IGNORECASE)
_BREAK = "\u200b"
_MARKS = re.compile(r"([\\*_~`|<>\[\]#])")
_FOREIGN = (
    "{shown} is no host of {product}; copy the address of the webhook there, or let whoever runs"
    " the desk name the host in [channels] allowed_hosts."
)
_GONE = "{product} does not know the webhook any more ({said}); make a new one and enter it."
_REFUSED = "{product} refuses the message: {said}"
_LATER = "{product} takes the message later: {said}"
_UNSURE = "{product} did not say whether it took the message: {said}"
_TOO_MANY, _GATEWAY_TIMEOUT = 429, 504
_NO_WEBHOOK = frozenset({401, 403, 404, 410})
_NOT_NOW = frozenset({408, 425, _TOO_MANY})


def require_provider(kind: ChatKind, url: str, allowed: Sequence[str]) -> Target:
    """Return the parts of a webhook's address, looking nothing up. Raises ``Invalid``."""
    target = web.checked(url, allowed)
    if not target.inside and not any(_is_of(target.host, each) for each in PROVIDERS[kind]):
        raise Invalid(_FOREIGN.format(shown=target.shown, product=kind.label), field="url")
    return target


def send(
    kind: ChatKind,
    url: str,
    body: MailBody,
    *,
    allowed: Sequence[str],
    before_handing_over: Callable[[], None],
) -> Sent:
    """Post a message and return what became of it; ``before_handing_over`` as for mail."""
    try:
        require_provider(kind, url, allowed)
        payload = payload_of(kind, body)
        before_handing_over()
        answer = web.post(url, payload, allowed=allowed)
    except Invalid as error:
        return Sent(Outcome.REFUSED, str(error))
    except WebFault as error:
        return Sent(Outcome.UNSURE if error.arrived else Outcome.LATER, str(error))
    return _meaning(kind, answer, url)


def payload_of(kind: ChatKind, body: MailBody) -> dict[str, object]:
    """Return what a product is sent."""
    title, text = _title(body), _text(body)
    if kind is ChatKind.TEAMS:
        return _card(title, _fitting(text, LIMITS[kind] - len(title), str))
    whole = f"{title}\n{text}".strip()
    if kind is ChatKind.SLACK:
        # In clear text, and with nothing in it looked up.
        plain = {"mrkdwn": False, "parse": "none", "link_names": False}
        quiet = {"unfurl_links": False, "unfurl_media": False}
        return {"text": _fitting(whole, LIMITS[kind], _for_slack), **plain, **quiet}
    return {
        "content": _fitting(whole, LIMITS[kind], _for_discord),
        "allowed_mentions": {"parse": []},
        "flags": _NO_PREVIEWS,
    }


def _title(body: MailBody) -> str:
    return _taken_apart(ellipsis(single_line(body.title), _LONGEST_LINE))


def _text(body: MailBody) -> str:
    about = single_line(f"{body.number} {body.ticket_subject}") if body.number else ""
    comment = ellipsis(storable(body.comment or "").strip(), _LONGEST_COMMENT)
    lines = [ellipsis(single_line(line), _LONGEST_LINE) for line in body.lines[:_MOST_LINES]]
    why = f"Why: {single_line(body.why)}" if body.why else ""
    return _taken_apart("\n".join(part for part in (about, *lines, comment, why) if part))


def _taken_apart(text: str) -> str:
    """Return the text as it was to read, in which no program sees a mention or a link."""
    return _INSIDE_A_CALL.sub(_BREAK, text)


def _for_slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _for_discord(text: str) -> str:
    return _MARKS.sub(r"\\\1", text)


def _card(title: str, text: str) -> dict[str, object]:
    # Runs of a rich text are the one kind of text in a card that no Markdown is looked for in.
    def run(text: str, **more: object) -> dict[str, object]:
        inline = {"type": "TextRun", "text": text, **more}
        return {"type": "RichTextBlock", "inlines": [inline]}

    lines = [run(line) for line in text.splitlines() if line.strip()]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [run(title, weight="Bolder"), *lines[:_MOST_LINES]],
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "content": card}]}


def _fitting(text: str, limit: int, form: Callable[[str], str]) -> str:
    """Return as much of a text as fits once it is in the form of a product."""
    whole, cut = form(text), text
    while _units(whole) > limit:
        # No form makes a text shorter, so that this much less is never too much by far.
        cut = ellipsis(cut, max(len(cut) * limit // _units(whole), 2) - 1)
        whole = form(cut)
    return whole


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2


def _is_of(host: str, provider: str) -> bool:
    if provider.startswith("*."):
        return host.endswith(provider[1:])
    return host == provider


def _meaning(kind: ChatKind, answer: Answer, url: str) -> Sent:
    status, product = answer.status, kind.label
    said = _shown(answer, url)
    if 200 <= status < 300:
        return Sent(Outcome.SENT)
    if status == _GATEWAY_TIMEOUT:
        return Sent(Outcome.UNSURE, _UNSURE.format(product=product, said=said))
    if status in _NOT_NOW or status >= 500:
        sentence = _LATER.format(product=product, said=said)
        return Sent(Outcome.LATER, sentence, retry_after=answer.retry_after)
    sentence = _GONE if status in _NO_WEBHOOK else _REFUSED
    return Sent(Outcome.REFUSED, sentence.format(product=product, said=said))


def _shown(answer: Answer, url: str) -> str:
    """Return what a product said, without anything of the address, which is a secret."""
    split = urlsplit(url)
    text = single_line(answer.text)
    for part in re.split(r"[/?&=]", f"{split.path}?{split.query}"):
        if len(part) >= _SHORTEST_SECRET:
            text = text.replace(part, "…")
    return ellipsis(f"{answer.status} {text}".strip(), _LONGEST_SAID)


def sample() -> MailBody:
    """Return what is posted to see whether it arrives."""
    return MailBody(title="The help desk can post here.")
