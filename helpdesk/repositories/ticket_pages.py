# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of tickets page by page: what is asked, where the next page begins, and the best hits.

By relevance the newest hits are ranked, as many as ``RANKED``; the others follow from the newest
on. The first page settles between which two tickets these newest hits lie, and the cursor keeps
it: tickets that arrive later change neither the order nor what the next page begins with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from helpdesk.core.errors import Invalid
from helpdesk.core.permissions import Actor, Permission
from helpdesk.core.schemas.bulk import TicketIds
from helpdesk.core.schemas.reports import LINES_AT_ONCE, LinesPage
from helpdesk.core.schemas.tickets import Sort, TicketCount, TicketPage, TicketQuery, TicketRow
from helpdesk.core.schemas.users import PersonRef
from helpdesk.core.ticket_numbers import number_in
from helpdesk.database.fulltext import Words, searched_words
from helpdesk.database.search import Asked, search_of
from helpdesk.database.tokens import tokens_of
from helpdesk.database.types import NEVER, from_microseconds, is_id, to_microseconds
from helpdesk.models.base import PRIORITY_RANKS, STATUS_RANKS
from helpdesk.models.ticket import number_of
from helpdesk.repositories.behind import BehindWalk
from helpdesk.repositories.cursors import Key, decoded, encoded
from helpdesk.repositories.relevance import Rank, Relevance
from helpdesk.repositories.ticket_details import CLOCK, due_or_none, person, row_clock, tags_of
from helpdesk.repositories.ticket_filters import FEW, PROBED
from helpdesk.repositories.ticket_lines import line_cursor, line_of
from helpdesk.repositories.ticket_lists import (
    Shape,
    count_statement,
    ids_statement,
    lines_statement,
    page_statement,
    parameters_of,
    probe_statement,
    ranks_of,
    shape_of,
    subjects_statement,
    ways,
)

COUNT_LIMIT = 10_000
RANKED = 500

_LARGEST = 2**62
_STALE = "The list has changed; load it again from the start."


@dataclass(frozen=True)
class _Asked:
    """A query as a statement wants it."""

    shape: Shape
    parameters: dict[str, Any]
    words: Words
    limit: int
    probed: bool = True
    """Whether all that stands beside tickets was counted."""


class _Place(NamedTuple):
    """Where a list by relevance goes on: between which tickets it ranks, and behind which hit."""

    newest: int
    oldest: int
    last: Rank

    @property
    def is_behind_ranked(self) -> bool:
        """Whether all ranked hits have been shown."""
        return self.last_id < self.oldest

    @property
    def last_id(self) -> int:
        """The ticket shown last."""
        return -self.last.age


class TicketPages:
    """The lists of the tickets an actor may see."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session and to whom the rows are for."""
        self._session = session
        self._search = search_of(session)
        self._actor = actor
        self._staff = actor.may(Permission.SEE_ALL_TICKETS)

    def page(self, query: TicketQuery, behind: BehindWalk | None = None) -> TicketPage:
        """Return one page of the tickets that match. Raises ``Invalid`` for a bad cursor.

        With ``behind`` only the tickets behind a number, from the newest day of it back.
        """
        if self._finds_nothing(query):
            return TicketPage(items=(), next_cursor=None)
        asked = self._asked(query, behind)
        if asked.shape.has_text and query.sort is Sort.RELEVANCE:
            return self._best(asked, query.cursor)
        if query.cursor:
            asked = _resumed(asked, query.cursor)
        items, more, day = self._listed(asked, query.limit)
        return TicketPage(
            items=items, next_cursor=_cursor(asked.shape, items[-1], day) if more else None
        )

    def count(
        self, query: TicketQuery, behind: BehindWalk | None = None, most: int | None = None
    ) -> TicketCount:
        """Return how many tickets match; exact up to ``most``, or to the limit of all counts."""
        most = COUNT_LIMIT if most is None else most
        if self._finds_nothing(query):
            return TicketCount(count=0, exact=True)
        asked = self._asked(query, behind, counts=True)
        parameters = asked.parameters | {"limit": most + 1}
        found = self._session.execute(count_statement(asked.shape), parameters).scalar_one()
        is_exact = found <= most and asked.probed
        return TicketCount(count=min(found, most), exact=is_exact)

    def ids(self, query: TicketQuery, behind: BehindWalk | None, most: int) -> TicketIds:
        """Return the numbers of the tickets that match, the newest first, and nothing else."""
        query = query.model_copy(update={"sort": Sort.NEWEST})
        if self._finds_nothing(query):
            return TicketIds(ids=(), next_cursor=None)
        asked = self._asked(query, behind)
        if query.cursor:
            asked = _resumed(asked, query.cursor)
        parameters = asked.parameters | {"limit": most + 1}
        rows = self._session.execute(ids_statement(asked.shape), parameters).all()
        shown = rows[:most]
        cursor = _cursor_behind(asked.shape, shown[-1]) if len(rows) > most else None
        return TicketIds(ids=tuple(row.id for row in shown), next_cursor=cursor)

    def lines(
        self,
        query: TicketQuery,
        behind: BehindWalk | None,
        cursor: str | None,
        most: int | None = None,
    ) -> LinesPage:
        """Return the next lines of a file of the tickets that match, each ticket once.

        The order is that of opening, or of the numbers where a text or figure is asked for: no
        change moves a ticket in it while the file is written.
        How many they are in all is told with the first lines.
        """
        most = LINES_AT_ONCE if most is None else most
        if self._finds_nothing(query):
            return LinesPage(lines=(), total=0, next_cursor=None)
        newest_first = query.sort in (Sort.NEWEST, Sort.RELEVANCE)
        stable = query.model_copy(update={"sort": Sort.NEWEST if newest_first else Sort.OLDEST})
        asked = self._asked(stable, behind)
        total = None if cursor else self._total(asked)
        by_id = asked.shape.has_text or asked.shape.behind is not None
        if cursor:
            asked = _resumed_by_id(asked, cursor) if by_id else _resumed(asked, cursor)
        parameters = asked.parameters | {"limit": most + 1}
        rows = self._session.execute(lines_statement(asked.shape), parameters).all()
        shown = rows[:most]
        ends_at = line_cursor(shown[-1], by_id=by_id) if shown else None
        return LinesPage(
            lines=tuple(map(line_of, shown)),
            total=total,
            next_cursor=ends_at if len(rows) > len(shown) else None,
        )

    def _total(self, asked: _Asked) -> int:
        parameters = asked.parameters | {"limit": _LARGEST}
        return int(self._session.execute(count_statement(asked.shape), parameters).scalar_one())

    def _finds_nothing(self, query: TicketQuery) -> bool:
        """Return whether only signs are searched for, or only other people's tickets."""
        if _number_in(query.text) is not None:
            return False
        is_own = self._actor.id in query.requester_ids or not query.requester_ids
        watches = self._actor.id in query.watcher_ids or not query.watcher_ids
        allowed = self._staff or (is_own and watches)
        return not allowed or _has_no_words(query.text)

    def _visible_requesters(self, query: TicketQuery) -> tuple[int, ...]:
        if self._staff:
            return query.requester_ids
        return (self._actor.id or 0,)

    def _asked(
        self, query: TicketQuery, behind: BehindWalk | None, *, counts: bool = False
    ) -> _Asked:
        number = _number_in(query.text)
        limit = query.limit
        if number is not None:
            # Whoever types a number wants that ticket, whatever the filters say.
            query, behind = TicketQuery(sort=Sort.NEWEST), None
        if not self._staff:
            query = self._without_others(query)
        requester_ids = self._visible_requesters(query)
        shape = shape_of(
            query,
            dialect=self._session.get_bind().dialect.name,
            staff=self._staff,
            requesters=len(requester_ids),
        )
        parameters = parameters_of(query, requester_ids=requester_ids) | {"number": number}
        # Whoever is not of the staff sees what they follow, too.
        watcher_id = None if self._staff else self._actor.id
        shape = replace(shape, watched=watcher_id is not None and not query.requester_ids)
        parameters |= {"watcher_id": watcher_id}
        if behind is not None:
            shape = replace(shape, behind=behind.shape)
            parameters |= dict(behind.values)
        words = searched_words(query.text)
        text: Asked | None
        if words.all:
            text = self._search.asked(
                words,
                requester_ids=requester_ids,
                notes=self._staff,
                watcher_id=watcher_id if shape.watched else None,
            )
            shape = replace(shape, sort=Sort.NEWEST, has_text=True, pieces=text.pieces)
        else:
            text = self._search.asked_without(words, notes=self._staff) if words.excluded else None
        if text is not None:
            shape = replace(shape, excludes=text.excludes)
            parameters |= text.parameters
        shape, probed = self._probed(shape, parameters, counts=counts)
        return _Asked(replace(shape, numbered=number is not None), parameters, words, limit, probed)

    def _probed(
        self, shape: Shape, parameters: dict[str, Any], *, counts: bool
    ) -> tuple[Shape, bool]:
        """Return how to meet what other tables hold, and whether all of it was counted.

        Where they hold few, the list is made from these; a count always is, up to a limit.
        """
        extras = shape.extras
        names = extras.beside if counts else (*extras.beside, *ways(shape))
        sizes = {
            name: self._session.execute(probe_statement(shape, name), parameters).scalar_one()
            for name in names
        }
        fewest = min(sizes, key=sizes.__getitem__, default="")
        if not fewest or not (counts or sizes[fewest] <= FEW):
            return shape, True
        extras = replace(extras, few=fewest, capped=counts)
        return replace(shape, extras=extras), sizes[fewest] <= PROBED

    def _without_others(self, query: TicketQuery) -> TicketQuery:
        """Return a query that cannot tell whether other people follow a ticket."""
        if not query.watcher_ids and not query.without_watcher_ids:
            return query
        own = (self._actor.id or 0,)
        return query.model_copy(
            update={
                "watcher_ids": own if query.watcher_ids else (),
                "without_watcher_ids": own if own[0] in query.without_watcher_ids else (),
            }
        )

    def _listed(self, asked: _Asked, limit: int) -> tuple[tuple[TicketRow, ...], bool, int | None]:
        """Return the first rows of a list, whether there are more, and the day of the last one."""
        parameters = asked.parameters | {"limit": limit + 1}
        rows = self._session.execute(page_statement(asked.shape), parameters).all()
        shown = rows[:limit]
        return self._rows(asked, shown), len(rows) > limit, shown[-1].day if shown else None

    def _rows(self, asked: _Asked, rows: Sequence[Row[*tuple[Any, ...]]]) -> tuple[TicketRow, ...]:
        items = tuple(_ticket_row(row, staff=self._staff) for row in rows)
        if not asked.shape.has_text or not items or items[0].excerpt is not None:
            return items
        excerpts = self._search.excerpts(
            self._session, [item.id for item in items], asked.words, notes=self._staff
        )
        return tuple(item.model_copy(update={"excerpt": excerpts[item.id]}) for item in items)

    # --- by relevance -------------------------------------------------------------------------

    def _best(self, asked: _Asked, cursor: str | None) -> TicketPage:
        place = _place_of(cursor) if cursor else None
        if place and place.is_behind_ranked:
            return self._others(asked, place, (), place.last_id)
        hits = self._newest_hits(asked, place)
        if place is None:
            oldest = hits[-1][0] if len(hits) == RANKED else 0
            place = _Place(hits[0][0] if hits else 0, oldest, Rank(-1, 0, 0, 0, 0))
        elif len(hits) == 2 * RANKED:
            place = place._replace(oldest=hits[-1][0])
        ranked = [rank for rank in _ranked(asked.words, hits) if rank > place.last]
        chosen = ranked[: asked.limit]
        items = self._chosen(asked, [-rank.age for rank in chosen])
        if len(ranked) > len(chosen):
            cursor = _cursor_of(place._replace(last=chosen[-1]))
            return TicketPage(items=items, next_cursor=cursor)
        if not place.oldest:
            return TicketPage(items=items, next_cursor=None)
        last = chosen[-1] if chosen else place.last
        return self._others(asked, place._replace(last=last), items, place.oldest)

    def _newest_hits(self, asked: _Asked, place: _Place | None) -> Sequence[tuple[int, str]]:
        shape, limits = asked.shape, {"limit": RANKED}
        if place:
            # More than before, where older tickets have become hits in between.
            bounds = {"after_id": place.newest + 1, "oldest": place.oldest, "limit": 2 * RANKED}
            shape, limits = replace(shape, resumes=True), bounds
        rows = self._session.execute(subjects_statement(shape), asked.parameters | limits)
        return [(id_, subject) for id_, subject in rows]

    def _chosen(self, asked: _Asked, ids: list[int]) -> tuple[TicketRow, ...]:
        if not ids:
            return ()
        shape, chosen = replace(asked.shape, chosen=True), {"chosen_ids": ids}
        rows = self._session.execute(page_statement(shape), asked.parameters | chosen).all()
        by_id = {item.id: item for item in self._rows(asked, rows)}
        return tuple(by_id[id_] for id_ in ids)

    def _others(
        self, asked: _Asked, place: _Place, before: tuple[TicketRow, ...], after_id: int
    ) -> TicketPage:
        """Return a page with the hits older than ``after_id`` behind those already found."""
        asked = _behind(asked, after_id)
        items, more, _ = self._listed(asked, asked.limit - len(before))
        if not more:
            return TicketPage(items=before + items, next_cursor=None)
        if items:
            place = place._replace(last=Rank(0, 0, 0, 0, -items[-1].id))
        return TicketPage(items=before + items, next_cursor=_cursor_of(place))


def _number_in(text: str) -> int | None:
    number = number_in(text, marked=True)
    return number if number is None or is_id(number) else 0


def _has_no_words(text: str) -> bool:
    words = searched_words(text)
    return bool(text.strip()) and not words.all and not words.excluded


def _ranked(words: Words, hits: Sequence[tuple[int, str]]) -> list[Rank]:
    relevance = Relevance(tokens_of(words.all), unfinished=words.unfinished is not None)
    subjects = tokens_of([subject for _, subject in hits])
    return sorted(
        relevance.rank(subject, id_) for (id_, _), subject in zip(hits, subjects, strict=True)
    )


# --- cursors ----------------------------------------------------------------------------------


def _resumed(asked: _Asked, cursor: str) -> _Asked:
    """Return what goes on behind a cursor."""
    shape = asked.shape
    if shape.has_text:
        return _resumed_by_id(asked, cursor)
    if shape.behind is not None:
        day, after_id = decoded(cursor, (int, int))
        position = {"after_day": day, "after_id": after_id}
        shape = replace(shape, resumes=True)
        return replace(asked, shape=shape, parameters=asked.parameters | position)
    if shape.sort is not Sort.URGENCY:
        moment, after_id = decoded(cursor, (int, int))
        shape = replace(shape, resumes=True)
        return replace(asked, shape=shape, parameters=asked.parameters | _after(moment, after_id))
    priority, status, moment, after_id = decoded(cursor, (int, int, int, int))
    here = (priority, status)
    if shape.extras.is_few:
        cell = {
            "after_priority": _member(PRIORITY_RANKS, priority),
            "after_status": _member(STATUS_RANKS, status),
        }
        position = cell | _after(moment, after_id)
        return replace(
            asked, shape=replace(shape, resumes=True), parameters=asked.parameters | position
        )
    ahead = tuple(cell for cell in shape.cells if cell >= here)
    shape = replace(shape, cells=ahead, resumes=here in ahead)
    return replace(asked, shape=shape, parameters=asked.parameters | _after(moment, after_id))


def _resumed_by_id(asked: _Asked, cursor: str) -> _Asked:
    (after_id,) = decoded(cursor, (int,))
    return _behind(asked, int(after_id))


def _behind(asked: _Asked, after_id: int) -> _Asked:
    """Return what goes on with the hits older than a ticket."""
    position = {"after_id": min(max(after_id, 0), _LARGEST)}
    shape = replace(asked.shape, resumes=True)
    return replace(asked, shape=shape, parameters=asked.parameters | position)


def _after(moment: Any, after_id: Any) -> dict[str, Any]:
    try:
        return {"after_time": from_microseconds(moment), "after_id": after_id}
    except OverflowError as error:
        raise Invalid(_STALE) from error


def _member(ranks: Sequence[Any], rank: Any) -> Any:
    if not 1 <= rank <= len(ranks):
        raise Invalid(_STALE)
    return ranks[rank - 1]


def _place_of(cursor: str) -> _Place:
    newest, oldest, *rank = (int(part) for part in decoded(cursor, (int,) * 7))
    if not 0 <= oldest <= newest <= _LARGEST:
        raise Invalid(_STALE)
    return _Place(newest, oldest, Rank(*rank))


def _cursor_of(place: _Place) -> str:
    return encoded((place.newest, place.oldest, *place.last))


def _cursor(shape: Shape, last: TicketRow, day: int | None) -> str:
    key: Key
    if shape.has_text:
        key = (last.id,)
    elif day is not None:
        key = (day, last.id)
    elif shape.sort is Sort.URGENCY:
        due = to_microseconds(last.resolution_due or NEVER)
        key = (*ranks_of(last.priority, last.status), due, last.id)
    else:
        moment = last.updated_at if shape.sort is Sort.UPDATED else last.created_at
        key = (to_microseconds(moment), last.id)
    return encoded(key)


def _cursor_behind(shape: Shape, last: Row[*tuple[Any, ...]]) -> str:
    """Return where the numbers go on that are listed by themselves."""
    if shape.has_text:
        return encoded((last.id,))
    return encoded((to_microseconds(last.created_at) if last.day is None else last.day, last.id))


# --- rows -------------------------------------------------------------------------------------


def _ticket_row(row: Row[*tuple[Any, ...]], *, staff: bool) -> TicketRow:
    (
        id_, subject, status, priority, category, requester_id, requester, assignee_id, assignee,
        created_at, updated_at, due, comments, version, excerpt, _, tags, *clock,
    ) = row  # fmt: skip
    return TicketRow(
        id=id_,
        number=number_of(id_),
        subject=subject,
        status=status,
        priority=priority,
        category=category,
        requester=PersonRef(id=requester_id, full_name=requester),
        assignee=person(assignee_id, assignee),
        created_at=created_at,
        updated_at=updated_at,
        resolution_due=due_or_none(due),
        comments=comments,
        version=version,
        excerpt=excerpt,
        clock=row_clock(clock[: len(CLOCK)], staff=staff),
        attachments=row.attachments,
        tags=tags_of(tags),
        snoozed=staff and bool(row.snoozed),
        snoozed_until=row.snoozed_until if staff else None,
    )
