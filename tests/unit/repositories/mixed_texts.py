# SPDX-License-Identifier: GPL-3.0-or-later
"""Random tickets and people in many scripts, put into any database through the repositories."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from helpdesk.core.permissions import Actor
from helpdesk.core.schemas.tickets import Priority, Sort, Source, Status, TicketQuery
from helpdesk.core.schemas.users import Role, UserQuery
from helpdesk.core.text import storable
from helpdesk.database.types import NEVER
from helpdesk.models import Comment, Ticket, User
from helpdesk.repositories.tickets import TicketRepository

TECHNICIAN = Actor(id=3, username="bob", full_name="Bob", role=Role.TECHNICIAN)
REQUESTERS = (
    Actor(id=1, username="alice", full_name="Alice", role=Role.USER),
    Actor(id=2, username="erin", full_name="Erin", role=Role.USER),
)
READERS = (TECHNICIAN, *REQUESTERS)
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)

# In the order of how often they come: the first ones are in most tickets.
WORDS = (
    "printer", "Printer", "PRINT", "the", "n", "r", "vpn", "mail", "e-mail", "don't", "O'Brien",
    "Straße", "STRASSE", "strasse", "grüne", "GRÜNE", "gru\u0308ne", "grune", "İstanbul",
    "istanbul", "ISTANBUL", "ıstanbul", "Ελλάδα", "ελλαδα", "σίγμας", "ΣΊΓΜΑΣ", "Иван", "ИВАН",
    "й", "и\u0306", "印刷", "印刷できません", "プリンター", "ﾌﾟﾘﾝﾀｰ", "한국어", "हिन्दी", "ไทย",
    "עברית",
    "عربي", "عَرَبِي", "😀", "👩‍👩‍👧", "🇩🇪", "100%", "50_60", "a_b", "back\\slash",
    'quo"te', "0x80070005",
    "٣", "²", "½", "ﬁle", "file", "ﬀ", "ᾳ", "Ⅷ", "ⅷ", "\ue000", "\ufffd", "\U0001e900\U0001e901",
    "ʼn", "\u19b0",
    "ª", "x" * 300, "y" * 600, "z" * 600, "naïve", "naive", "e\u0301\u0323", "\u0301alone",
    "AND", "OR", "NOT", "NEAR", "NULL", "null", "requester1", "@1", ":note", "n:outlook", "r:1",
    "words*", "^first", "col:umn", "{a}", "(b)", "<->", "&", "|", "!", "'", "''", '"', "%", "_",
    "\\",
)  # fmt: skip
GAPS = (" ", " ", " ", " ", ", ", "\n", "\t", "-", "/", "\u00a0", "\u200b", "")


def dice_of(seed: str) -> random.Random:
    """Return dice that fall the same way each time."""
    return random.Random(seed)  # noqa: S311 - nothing secret


def said(dice: random.Random, most: int) -> str:
    """Return some words with all kinds of gaps between them."""
    words = (_word(dice) + dice.choice(GAPS) for _ in range(dice.randint(0, most)))
    return storable("".join(words))


def fill(session: Session, count: int, seed: str) -> None:
    """Open tickets with comments and notes, the same ones in every database."""
    tickets = TicketRepository(session, TECHNICIAN)
    for number in range(1, count + 1):
        dice = dice_of(f"{seed}/{number}")
        ticket = tickets.add(_ticket(dice))
        for _ in range(dice.choice((0, 0, 1, 2, 4))):
            comment = Comment(
                ticket_id=ticket.id,
                author_id=3,
                by_staff=True,
                internal=dice.random() < 0.4,
                created_at=START,
                body=said(dice, 8),
            )
            tickets.add_comment(ticket, comment)
            session.flush()


def people(session: Session, seed: str) -> None:
    """Add accounts whose names differ by case, accents and signs."""
    dice = dice_of(seed)
    for number in range(120):
        name = " ".join(_word(dice)[:40] for _ in range(dice.randint(1, 3)))
        email = dice.choice((None, "", f"{_word(dice)[:40]}@corp.example", f"ÄRGER{number}@X.DE"))
        role = dice.choice(list(Role))
        session.add(User.new(f"{_word(dice)[:40]}{number}", storable(name), email, role, START))


def ticket_query(dice: random.Random, *, has_text: bool) -> TicketQuery:
    """Return a random query, with a text or without."""

    def some(choices: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(dice.sample(choices, dice.randint(1, 2))) if dice.random() < 0.25 else ()

    return TicketQuery(
        text=typed(dice) if has_text else "",
        statuses=some(tuple(Status)),
        priorities=some(tuple(Priority)),
        category_ids=some((1, 2, 3)),
        assignee_ids=some((3, 4, 5)),
        unassigned=dice.random() < 0.15,
        requester_ids=some((1, 2)),
        created_after=_moment(dice) if dice.random() < 0.15 else None,
        created_before=_moment(dice) if dice.random() < 0.15 else None,
        sort=dice.choice((Sort.RELEVANCE, Sort.NEWEST) if has_text else tuple(Sort)),
        limit=dice.choice((4, 20, 50)),
    )


def user_query(dice: random.Random) -> UserQuery:
    """Return a random query for accounts."""
    word = _word(dice)
    return UserQuery(
        text=dice.choice(("", word, word[:1], word[:3], f"{word[:2]} {_word(dice)[:2]}", "ärger")),
        roles=(dice.choice(list(Role)),) if dice.random() < 0.3 else (),
        active=dice.choice((None, None, True)),
        limit=dice.choice((1, 7, 50)),
    )


def typed(dice: random.Random) -> str:
    """Return what somebody may type: words and beginnings, phrases, now and then anything."""
    words = [_word(dice) for _ in range(dice.choice((1, 1, 1, 2, 2, 3)))]
    kind = dice.random()
    if kind < 0.25:
        return dice.choice(GAPS).join(words) + " "
    if kind < 0.4:
        return f'"{" ".join(words)}"'
    if kind < 0.5:
        return f'{words[0]} "{" ".join(words)}'
    words[-1] = words[-1][: dice.randint(1, 4)]
    return dice.choice(GAPS).join(words)


def _word(dice: random.Random) -> str:
    word = WORDS[min(int(dice.expovariate(0.06)), len(WORDS) - 1)]
    return dice.choice((word, word, word, word.upper(), word.lower(), word[:2]))


def _moment(dice: random.Random) -> datetime:
    return START + timedelta(hours=dice.randint(0, 30))


def _ticket(dice: random.Random) -> Ticket:
    created = _moment(dice)
    never = dice.random() < 0.2
    return Ticket(
        version=1,
        status=dice.choice(list(Status)),
        priority=dice.choice(list(Priority)),
        category_id=dice.choice((None, 1, 2, 3)),
        requester_id=dice.choice((1, 2)),
        assignee_id=dice.choice((None, 3, 4, 5)),
        created_at=created,
        updated_at=created + timedelta(hours=dice.randint(0, 3)),
        first_response_due=NEVER,
        resolution_due=NEVER if never else created + timedelta(hours=dice.choice((4, 8))),
        replies=0,
        notes=0,
        source=Source.DESKTOP,
        subject=said(dice, 6).replace("\n", " "),
        description=said(dice, 25),
    )
