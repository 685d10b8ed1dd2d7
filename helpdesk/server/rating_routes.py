# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers who follows the link of a mail to rate a solution.

Opening a link changes nothing, whatever score it names: programs that look through mail open every
link there is. Only the button on the page sends a rating. Nothing else could send it in somebody's
name: the address is the secret, and no cookie stands for anybody.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from pydantic import ValidationError
from starlette.routing import Route

from helpdesk.core.errors import (
    Busy,
    DeskError,
    Invalid,
    Malformed,
    NotFound,
    TooLarge,
    TooManyAttempts,
    TooSlow,
)
from helpdesk.core.operation import operations_of
from helpdesk.core.schemas.ratings import (
    LOW,
    LinkedRating,
    LowReason,
    NewTicketRating,
    RatingInvitation,
)
from helpdesk.core.validation import invalid
from helpdesk.server.answers import Answer, WrongMethod, never_called
from helpdesk.server.exchange import Exchange, exchange_of, state_of
from helpdesk.server.peer import source_of
from helpdesk.server.rating_page import POLICY, Filled, asking_page, sentence_page
from helpdesk.services.rating_links import NO_LINK, PAGE
from helpdesk.services.ratings import Ratings

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

FORM_BYTES = 32 * 1024
"""For the longest comment in any script, three bytes of which may take nine letters to send."""
_FORM = "application/x-www-form-urlencoded"
_OPERATIONS = operations_of(Ratings)
_TOKEN_LIMIT = 300
_MOST_FIELDS = 10
_NO_FORM = "What was sent is not the form of this page; open the link once more."
_NO_SCORE = "Choose one of the five ratings first."
_SHOWN = (NotFound, Invalid, Malformed, TooLarge, TooSlow, TooManyAttempts, Busy)
"""What is told to people; all else is for the gate to answer."""
_METHODS = ("GET", "HEAD", "POST")


class RatingRoute(Route):
    """The address of all links."""

    def __init__(self, seconds: float) -> None:
        """Give a form so many seconds to arrive."""
        super().__init__(
            PAGE + "{token}", never_called, methods=_METHODS, name="rate", include_in_schema=False
        )
        self._seconds = seconds

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Show the form, or take it."""
        if scope["method"] not in _METHODS:
            raise WrongMethod(_METHODS)
        exchange = exchange_of(scope)
        exchange.operation = self.name
        try:
            state_of(scope).pace.require(scope)
            await self._answer(exchange, scope["path_params"]["token"])
        except _SHOWN as error:
            await _show(exchange, sentence_page(str(error)), error)

    async def _answer(self, exchange: Exchange, token: str) -> None:
        if len(token) > _TOKEN_LIMIT:
            raise NotFound(NO_LINK)
        if exchange.scope["method"] == "POST":
            await self._take(exchange, token)
            return
        invitation = await _called(exchange, "invitation", {"token": token})
        await _show(exchange, asking_page(invitation, _begun(exchange, invitation)))

    async def _take(self, exchange: Exchange, token: str) -> None:
        exchange.require_small(FORM_BYTES)
        kind = (exchange.header("Content-Type") or "").partition(";")[0].strip().lower()
        if kind != _FORM:
            raise Malformed(_NO_FORM)
        fields = _fields(await exchange.body(self._seconds))
        try:
            rating, is_whole = _rating(fields), "whole" in fields
            linked = LinkedRating(token=token, rating=rating, replaces_comment=is_whole)
            rated = await _called(exchange, "rate_by_link", {"linked": linked})
        except (Invalid, TooManyAttempts) as error:
            # What was written stays in its field.
            invitation = await _called(exchange, "invitation", {"token": token})
            page = asking_page(invitation, _filled(fields), problem=str(error))
            await _show(exchange, page, error)
            return
        # What is shown is what was sent just now, by whoever has sent it.
        is_whole = is_whole or bool(rating.comment)
        filled = Filled(rating.score, rating.reason, rating.comment, is_whole=is_whole)
        await _show(exchange, asking_page(rated, filled, thanks=True))


async def _called(exchange: Exchange, name: str, arguments: dict[str, Any]) -> RatingInvitation:
    state, operation = state_of(exchange.scope), _OPERATIONS[name]
    source = source_of(exchange.scope)
    work = partial(state.desk.executor.execute, operation, arguments, source=source)
    found: RatingInvitation = await state.threads.run(operation, work)
    return found


async def _show(exchange: Exchange, page: bytes, error: DeskError | None = None) -> None:
    headers = [(b"content-security-policy", POLICY.encode())]
    if error is not None and error.retry_after is not None:
        headers.append((b"retry-after", str(error.retry_after).encode()))
    status = 200 if error is None else error.status
    await exchange.answer(Answer(status, page, b"text/html; charset=utf-8", tuple(headers)))


def _begun(exchange: Exchange, invitation: RatingInvitation) -> Filled:
    """Return what stands in the form at first: the score of the link, or that of before."""
    query = exchange.scope["query_string"].decode("latin-1")
    try:
        asked = dict(parse_qsl(query, max_num_fields=_MOST_FIELDS)).get("score", "")
    except ValueError:
        asked = ""
    return Filled(_score(asked) or invitation.score)


def _fields(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        raise Malformed(_NO_FORM) from error
    fields = dict(pairs)
    # A form counts a line break as two characters.
    fields["comment"] = fields.get("comment", "").replace("\r\n", "\n")
    return fields


def _filled(fields: dict[str, str]) -> Filled:
    score, is_whole = _score(fields.get("score", "")), "whole" in fields
    return Filled(score, _reason(fields), fields["comment"], is_whole=is_whole)


def _rating(fields: dict[str, str]) -> NewTicketRating:
    score = _score(fields.get("score", ""))
    if score is None:
        raise Invalid(_NO_SCORE, field="score")
    # A reason that was chosen before a better score is hidden in the form, and not meant.
    reason = _reason(fields) if score <= LOW else None
    try:
        return NewTicketRating(score=score, reason=reason, comment=fields["comment"])
    except ValidationError as error:
        raise invalid(error) from None


def _score(text: str) -> int | None:
    return int(text) if text in {"1", "2", "3", "4", "5"} else None


def _reason(fields: dict[str, str]) -> LowReason | None:
    text = fields.get("reason", "")
    return LowReason(text) if text in set(LowReason) else None
