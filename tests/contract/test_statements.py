# SPDX-License-Identifier: GPL-3.0-or-later
"""How many SQL statements each use case costs, and that more data never makes it more."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyotp import TOTP

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.file_transfer import Outgoing
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.operation import operations_of
from helpdesk.core.permissions import Permission
from helpdesk.core.query_language import Name
from helpdesk.core.schemas.accounts import CodeEntry, Confirmation, Proof, Unlock
from helpdesk.core.schemas.api_keys import NewApiKey
from helpdesk.core.schemas.articles import (
    ArticleChange,
    ArticleQuery,
    FiguresQuery,
    NewArticle,
    SuggestionQuery,
)
from helpdesk.core.schemas.attachments import NewAttachment
from helpdesk.core.schemas.audit import AuditQuery
from helpdesk.core.schemas.custom_fields import FieldsChange, NewField
from helpdesk.core.schemas.figures import Behind, Card, CardsQuery, CardStyle, Measure, Period, Span
from helpdesk.core.schemas.links import MergeInto, NewLink, ParentIds, Relation, TagsChange
from helpdesk.core.schemas.macros import MacroActions, MacroSettings, MacroUse
from helpdesk.core.schemas.notifications import DeliveryQuery, NotificationQuery, Seen
from helpdesk.core.schemas.presence import PresenceSign
from helpdesk.core.schemas.queries import CompletionQuery
from helpdesk.core.schemas.ratings import NewTicketRating
from helpdesk.core.schemas.reports import LinesQuery, ReportKind, ReportRequest
from helpdesk.core.schemas.rules import (
    Action,
    ActionKind,
    Audience,
    Condition,
    DryRunAsk,
    Fact,
    Operator,
    RuleSettings,
    RunQuery,
    Trigger,
)
from helpdesk.core.schemas.sla import (
    CalendarPreviewAsk,
    CalendarSettings,
    PolicyChange,
    PolicySettings,
    Slot,
    Target,
    WhatIfAsk,
)
from helpdesk.core.schemas.snoozes import SnoozeChoice
from helpdesk.core.schemas.tasks import NewTasks
from helpdesk.core.schemas.teams import TeamSettings
from helpdesk.core.schemas.ticket_exports import RecordsQuery
from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.core.schemas.tickets import (
    FieldValue,
    NewComment,
    NewTicket,
    Priority,
    Sort,
    Status,
    TicketChange,
    TicketQuery,
)
from helpdesk.core.schemas.triage import TicketDraft
from helpdesk.core.schemas.users import ColleagueQuery, NewSession, UserQuery
from helpdesk.core.schemas.views import NewView, ViewCountsQuery, ViewTexts
from helpdesk.services.dashboard_layouts import layout_of_manager
from helpdesk.services.tickets import Tickets
from tests.conftest import PASSWORD, SettableClock
from tests.contract.desks import opened, person, rating_token, statements
from tests.contract.test_rights import an_import
from tests.matrix import LOCAL, SQLITE, Bearer

FEW, MANY = 3, 120
COMMENTS = 40


class Sized:
    """A desk with a number of tickets, and one ticket with a number of comments."""

    article: int

    def __init__(self, embedded: EmbeddedDesk, tickets: int, comments: int) -> None:
        self.embedded = embedded
        self.bob, self.alice = person(embedded, "bob"), person(embedded, "alice")
        self.dana = person(embedded, "dana")
        self.charlie = person(embedded, "charlie")
        for number in range(tickets):
            self.alice.tickets.open(NewTicket(subject=f"Printer {number}", category_id=1))
        self.busy = self.new()
        self.dana.calendars.add(CALENDAR)
        self.dana.policies.add(POLICY)
        for key, kind in (("site", FieldKind.TEXT), ("owner", FieldKind.USER)):
            self.dana.custom_fields.add(NewField(key=key, name=key, kind=kind))
        self.bob.tickets.take(self.busy, 1)
        for number in range(max(tickets // 4, 1)):
            self.article = self.publish(f"Printer {number}")
            self.dana.teams.add(TeamSettings(name=f"Team {number}", member_ids=(3, 5)))
            never = NEVER.model_copy(update={"name": f"Never {number}"})
            self.dana.rules.add(never)
        # Answered once, so that a clock runs from the next reply of who asked.
        for number in range(max(comments, 1)):
            self.bob.tickets.comment(self.busy, NewComment(body=f"Line {number}"))

    def publish(self, title: str) -> int:
        """Publish an article and return its number."""
        made = self.dana.articles.create(NewArticle(title=title, body="[this](KB-1)"))
        change = ArticleChange(summary="Restart it.", publish=True, version=made.version)
        return self.dana.articles.save(made.id, change).id

    def new(self) -> int:
        """Open one more ticket and return its number."""
        return self.alice.tickets.open(NewTicket(subject="Printer", category_id=1)).id


@pytest.fixture(scope="module", params=[(FEW, 0), (MANY, COMMENTS)], ids=["small", "large"])
def sized(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    template: Path,
    desk_kind: str,
) -> Iterator[Sized]:
    place = tmp_path_factory.mktemp("sized")
    with opened(place, template, SettableClock(), desk_kind) as embedded:
        yield Sized(embedded, *request.param)


def _search(query: TicketQuery) -> Callable[[Sized], object]:
    return lambda desk: desk.bob.tickets.search(query)


def _next_page(sort: Sort) -> Callable[[Sized], Callable[[], object]]:
    def prepared(desk: Sized) -> Callable[[], object]:
        query = TicketQuery(sort=sort, limit=2)
        cursor = desk.bob.tickets.search(query).next_cursor
        resumed = TicketQuery(sort=sort, limit=2, cursor=cursor)
        return lambda: desk.bob.tickets.search(resumed)

    return prepared


def _on_new_ticket(
    call: Callable[[HelpDesk, int], object],
) -> Callable[[Sized], Callable[[], object]]:
    def prepared(desk: Sized) -> Callable[[], object]:
        number = desk.new()
        return lambda: call(desk.bob, number)

    return prepared


def _now(call: Callable[[Sized], object]) -> Callable[[Sized], Callable[[], object]]:
    return lambda desk: lambda: call(desk)


def _sign_in(desk: Sized) -> object:
    wanted = NewSession(username="alice", password=PASSWORD)
    return desk.embedded.facade().sessions.sign_in(wanted)


def _sign_in_by_code(desk: Sized) -> Callable[[], object]:
    """Return the last step of a sign-in that a code is asked for at."""
    frank = person(desk.embedded, "frank")
    secret = frank.second_factors.begin(Proof(password=PASSWORD)).secret
    first = Confirmation(code=TOTP(secret).at(frank.sessions.current().user.last_sign_in_at or 0))
    code = frank.second_factors.confirm(first).codes[0]
    wanted = NewSession(username="frank", password=PASSWORD)
    token = desk.embedded.facade().sessions.sign_in(wanted).pending_token or ""
    entry = CodeEntry(pending_token=token, code=code)
    return lambda: desk.embedded.facade().second_factors.enter(entry)


def _since(desk: Sized, entries: int) -> str:
    """Return a cursor that lies so many entries of tickets' histories back."""
    epoch, event, change = desk.bob.tickets.changes("").cursor.split(".")
    return f"{epoch}.{int(event) - entries}.{change}"


def _changes(who: str, entries: int) -> Callable[[Sized], Callable[[], object]]:
    def prepared(desk: Sized) -> Callable[[], object]:
        facade, cursor = getattr(desk, who), _since(desk, entries)
        return lambda: facade.tickets.changes(cursor)

    return prepared


def _change_policy(desk: Sized) -> Callable[[], object]:
    """Make a policy of its own differ: the one in force stays for what else is counted."""
    rests = POLICY.model_copy(update={"name": secrets.token_hex(8), "active": False})
    view = desk.dana.policies.add(rests)
    renamed = rests.model_dump() | {"name": secrets.token_hex(8)}
    change = PolicyChange(**renamed, version=view.version)
    return lambda: desk.dana.policies.change(view.id, change)


def _solved(desk: Sized) -> int:
    number = desk.new()
    done = NewComment(body="Done.", status=Status.RESOLVED)
    desk.bob.tickets.comment(number, done)
    return number


LOOKS = PresenceSign(typing=False)


def _comment_as_seen(bob: HelpDesk, number: int) -> object:
    return bob.tickets.comment(number, NewComment(body="Hm.", seen_event=2**40))


def _apply_macro(desk: Sized) -> Callable[[], object]:
    number, actions = desk.new(), MacroActions(priority=Priority.HIGH, assign_to_me=True)
    macro = desk.bob.macros.add(
        MacroSettings(name="Hello", body="Dear {{ ticket.requester.name }}", actions=actions)
    )
    return lambda: desk.bob.macros.apply(number, macro.id, MacroUse())


def _tag(bob: HelpDesk, number: int) -> object:
    return bob.tags.set(number, TagsChange(tags=(f"t{number}",), version=1))


def _fill_in(bob: HelpDesk, number: int) -> object:
    values = (FieldValue(key="site", value="Rome"), FieldValue(key="owner", value="2"))
    return bob.custom_fields.set(number, FieldsChange(fields=values, version=1))


def _link(bob: HelpDesk, number: int) -> object:
    return bob.ticket_links.add(number, NewLink(other_id=1, relation=Relation.RELATES))


def _tick(desk: Sized) -> Callable[[], object]:
    number = desk.new()
    task = desk.bob.tasks.add(number, TASKS).tasks[0].id
    return lambda: desk.bob.tasks.tick(number, task, done=True)


def _snooze(bob: HelpDesk, number: int) -> object:
    return bob.snoozing.snooze(number, SnoozeChoice(until_reply=True))


def _merge(desk: Sized) -> Callable[[], object]:
    # One from before there was a policy would get its first clocks by it.
    number, survivor = desk.new(), desk.new()
    return lambda: desk.bob.merging.merge(number, MergeInto(survivor_id=survivor, version=1))


def _rate(desk: Sized) -> Callable[[], object]:
    number = _solved(desk)
    return lambda: desk.alice.ratings.rate(number, NewTicketRating(score=2))


def _invitation(desk: Sized) -> Callable[[], object]:
    token = rating_token(desk.embedded, _solved(desk))
    return lambda: desk.alice.ratings.invitation(token)


def _sign_out(desk: Sized) -> Callable[[], object]:
    return person(desk.embedded, "alice").sessions.sign_out


FIELDS = 'status:open assignee:bob category:network team:"Team 0"'
BEGUN = CompletionQuery(name=Name.ASSIGNEE, begun="b")
TWO_TEXTS = ViewTexts(texts=("is:open", "is:open assignee:me"))
NEW_VIEW = NewView(name="Late", query=TicketQuery(late=True))


def _counts(desk: Sized) -> Callable[[], object]:
    """Return the call for the numbers of a view that was saved, and of two that were not."""
    saved = desk.bob.views.add(NEW_VIEW.model_copy(update={"name": secrets.token_hex(8)}))
    asked = ViewCountsQuery(view_ids=(saved.id,), texts=TWO_TEXTS.texts)
    return lambda: desk.bob.views.counts(asked)


def _file_of(desk: Sized) -> tuple[int, str]:
    """Return a ticket with a file, and the key of that."""
    file = Outgoing("a.txt", b"abc").send(desk.alice)
    new = NewTicket(subject="See the file", category_id=1, attachment_keys=(file.key,))
    return desk.alice.tickets.open(new).id, file.key


def _part(desk: Sized) -> Callable[[], object]:
    _, key = _file_of(desk)
    return lambda: desk.bob.attachments.part(key, 1)


def _begin_file(desk: Sized) -> Callable[[], object]:
    return lambda: desk.bob.attachments.begin(NewAttachment(name="a.txt", size=3))


def _view_with_files(desk: Sized) -> Callable[[], object]:
    ticket_id, _ = _file_of(desk)
    for number in range(3):
        file = Outgoing("b.txt", b"abc").send(desk.bob)
        said = NewComment(body=f"Line {number}", attachment_keys=(file.key,))
        desk.bob.tickets.comment(ticket_id, said)
    return lambda: desk.bob.tickets.view(ticket_id)


CALENDAR = CalendarSettings(name="Office", time_zone="UTC", slots=(Slot(day=0, begin=0, end=60),))
LONG_AGO = ReportRequest(
    kind=ReportKind.SUMMARY,
    # What the other use cases do with tickets would let some figures be looked up more exactly.
    span=Span(period=Period.CUSTOM, first="2020-01-01", last="2020-01-07"),
)
PREVIEW = CalendarPreviewAsk(settings=CALENDAR, first_day="2026-12-24")
POLICY = PolicySettings(
    name="Of some",
    calendar_id=1,
    targets=(Target(priority=Priority.MEDIUM, first_response=5, next_response=5, resolution=10),),
    category_ids=(1,),
    requester_ids=(1, 2),
)
NEVER = RuleSettings(
    name="Never",
    trigger=Trigger.CHANGED,
    conditions=(Condition(fact=Fact.CATEGORY, operator=Operator.IS, values=("2",)),),
    actions=(Action(kind=ActionKind.NOTIFY, audiences=(Audience.MANAGERS,)),),
)
"""A rule that matches none of the tickets."""
TASKS = NewTasks(texts=("One", "Two"))
DRAFT = TicketDraft(subject="Printer jams")
NEWEST_SEEN = Seen(until_id=10_000)
NEW_KEY = NewApiKey(name="Monitoring", scopes=(Permission.SEE_OWN_TICKETS,))


def _with_key(desk: Sized) -> Callable[[], object]:
    key = desk.dana.api_keys.create(NEW_KEY).key
    calling = HelpDesk(Bearer(desk.embedded, key))
    # The first use in a minute is noted.
    calling.tickets.categories()
    return calling.tickets.categories


def _open_once(*, repeated: bool) -> Callable[[Sized], Callable[[], object]]:
    def prepared(desk: Sized) -> Callable[[], object]:
        session = Bearer(desk.embedded, desk.alice.sessions.current().token)
        new = {"new": NewTicket(subject="x", category_id=1)}
        key = secrets.token_hex(8)

        def call() -> object:
            return session.call(operations_of(Tickets)["open"], new, idempotency_key=key)

        if repeated:
            call()
        return call

    return prepared


# One statement of each tells who calls.
PARENTS = ParentIds(ticket_ids=(1, 2, 3))
RECORDS = RecordsQuery(comments=True)
DASHBOARD = CardsQuery(cards=tuple(each.card for each in layout_of_manager(None).cards))
ONE_CARD = CardsQuery(cards=(Card(style=CardStyle.NUMBER, measure=Measure.CREATED),))
BEHIND = Behind(measure=Measure.CREATED, span=Span())


def _dashboard(desk: Sized) -> Callable[[], object]:
    """Return the call for a dashboard on which something was resolved."""
    done = NewComment(body="Done.", status=Status.RESOLVED)
    desk.bob.tickets.comment(desk.new(), done)
    return lambda: desk.dana.figures.cards(DASHBOARD)


COSTS: dict[str, tuple[int, Callable[[Sized], Callable[[], object]]]] = {
    # How many they are, those of the page as lines, their tags, comments and remaining texts at
    # once, and two for the audit log.
    # What the desk holds in its own fields, and how much was said, which ends a page.
    "tickets as records": (10, _now(lambda d: d.bob.ticket_exports.some(RECORDS))),
    # What is here already takes three, and which fields take texts one. Where it came from, what
    # it counts as, and the entries in the audit log and in the feed are written for all at once.
    # Who may be meant, and which user names are taken, instead of all accounts; and the figures.
    "tickets taken in": (18, lambda d: lambda: d.dana.ticket_imports.import_some(an_import())),
    "first page": (2, _now(_search(TicketQuery()))),
    "first page of a requester": (2, _now(lambda d: d.alice.tickets.search(TicketQuery()))),
    "next page": (2, _next_page(Sort.URGENCY)),
    "next page, newest first": (2, _next_page(Sort.NEWEST)),
    "filtered page": (
        2,
        _now(
            _search(
                TicketQuery(
                    statuses=(Status.NEW, Status.OPEN),
                    priorities=(Priority.MEDIUM,),
                    category_ids=(1, 2),
                    unassigned=True,
                )
            )
        ),
    ),
    "search": (2, _now(_search(TicketQuery(text="printer")))),
    "search of a requester": (
        2,
        _now(lambda d: d.alice.tickets.search(TicketQuery(text="printer"))),
    ),
    "number": (2, _now(_search(TicketQuery(text="HD-1")))),
    "count": (2, _now(lambda d: d.bob.tickets.count(TicketQuery()))),
    # Who it is, and all that they keep of themselves at once.
    "own profile": (2, _now(lambda d: d.bob.profiles.own())),
    "picture of somebody": (2, _now(lambda d: d.bob.profiles.picture(1))),
    # What was done by somebody and what was done to them, each by an index of its own.
    "own activity": (2, _now(lambda d: d.bob.profiles.activity(AuditQuery()))),
    "own sessions": (3, _now(lambda d: d.bob.profiles.sessions())),
    # The ticket, its policy, its segments with their calendars and people, and its clocks.
    "clock of a ticket": (5, _now(lambda d: d.alice.policies.clock(d.busy))),
    "count of a search": (2, _now(lambda d: d.bob.tickets.count(TicketQuery(text="printer")))),
    "view": (5, _now(lambda d: d.bob.tickets.view(d.busy))),
    "view of a requester": (5, _now(lambda d: d.alice.tickets.view(d.busy))),
    # One looks whether others are merged into the ticket, and one for files of the comments.
    "earlier comments": (5, _now(lambda d: d.bob.tickets.comments(d.busy, before=1000))),
    # Its one part, whether the file and the ticket may be seen, and two for the audit log.
    "part of a file": (6, _part),
    # How large files may be, what is on the way already, and the new file.
    "send a file": (4, _begin_file),
    # The files of all comments at once, however many there are.
    "view with files": (6, _view_with_files),
    # One looks which categories get automatic answers, one which fields the desk asks for. Of each
    # change three tell people of it: who they are and how they want to be told, what they are
    # told, and that their windows look.
    # What it counts as takes up to four: what it is counted by, its row, and two sums.
    # A reply, or another status, looks whether the ticket was snoozed: one more.
    "open": (21, _now(lambda d: d.alice.tickets.open(NewTicket(subject="x", category_id=1)))),
    "comment": (19, _now(lambda d: d.alice.tickets.comment(d.busy, NewComment(body="Thanks.")))),
    "comment and status": (
        32,
        _on_new_ticket(
            lambda bob, number: bob.tickets.comment(
                number, NewComment(body="Done.", status=Status.RESOLVED)
            )
        ),
    ),
    # What somebody of the staff changes is noted as a deed: two more.
    "change": (
        28,
        _on_new_ticket(
            lambda bob, number: bob.tickets.change(
                number, TicketChange(priority=Priority.HIGH, version=1)
            )
        ),
    ),
    "take": (17, _on_new_ticket(lambda bob, number: bob.tickets.take(number, 1))),
    "presence": (7, _on_new_ticket(lambda bob, number: bob.presence.show(number, LOOKS))),
    "presence of others": (2, _now(lambda d: d.bob.presence.others())),
    "comment on what was read": (24, _on_new_ticket(_comment_as_seen)),
    "recurring tickets": (2, _now(lambda d: d.charlie.recurrences.all())),
    "macros": (2, _now(lambda d: d.bob.macros.all())),
    "macro applied": (44, _apply_macro),
    "templates": (2, _now(lambda d: d.alice.templates.all())),
    "rate": (12, _rate),
    "tags of a ticket": (17, _on_new_ticket(_tag)),
    "own fields": (2, _now(lambda d: d.alice.custom_fields.all())),
    "own fields of a ticket": (23, _on_new_ticket(_fill_in)),
    "tags that begin so": (2, _now(lambda d: d.bob.tags.beginning_with("v"))),
    "follow": (11, _on_new_ticket(lambda bob, number: bob.watchers.add(number, 5))),
    "followers": (3, _now(lambda d: d.bob.watchers.of_ticket(d.busy))),
    "linked tickets": (3, _now(lambda d: d.bob.ticket_links.of_ticket(d.busy))),
    "what is open below tickets": (2, _now(lambda d: d.bob.ticket_links.open_children(PARENTS))),
    "link": (9, _on_new_ticket(_link)),
    "tasks of a ticket": (3, _now(lambda d: d.bob.tasks.of_ticket(d.busy))),
    "add a task": (10, _on_new_ticket(lambda bob, number: bob.tasks.add(number, TASKS))),
    "tick a task": (9, _tick),
    "time on a ticket": (4, _now(lambda d: d.bob.time_entries.of_ticket(d.busy))),
    "start a timer": (6, _on_new_ticket(lambda bob, number: bob.time_entries.start(number))),
    "merge": (40, _merge),
    "snooze": (9, _on_new_ticket(_snooze)),
    "invitation to rate": (2, _invitation),
    "changes": (3, _changes("bob", 3)),
    "changes for a requester": (3, _changes("alice", 3)),
    "no changes": (2, _changes("bob", 0)),
    "suggestion": (9, _now(lambda d: d.bob.triage.for_ticket(d.busy))),
    "suggestion for a draft": (6, _now(lambda d: d.alice.triage.for_draft(DRAFT))),
    "teams": (5, _now(lambda d: d.bob.teams.all())),
    # The facts of days, sums of days and of parts, histograms, names, people, what is due and what
    # needs attention: however many cards need the same.
    "dashboard": (20, _dashboard),
    "one number": (5, _now(lambda d: d.bob.figures.cards(ONE_CARD))),
    # One statement however many they are.
    "numbers of a query": (2, _now(lambda d: d.bob.bulk.ids(TicketQuery()))),
    "tickets behind a number": (3, _now(_search(TicketQuery(behind=BEHIND)))),
    "outlook": (5, _now(lambda d: d.dana.figures.outlook(None))),
    # The names of people, categories and teams are a statement each; rows beside tickets, here
    # those of a tag and of a team, are counted.
    "understood": (4, _now(lambda d: d.bob.queries.understood(FIELDS))),
    "search by fields": (6, _now(_search(TicketQuery(text=f"{FIELDS} tag:vpn printer ")))),
    "completions": (2, _now(lambda d: d.bob.queries.completions(BEGUN))),
    "views": (2, _now(lambda d: d.bob.views.all())),
    # One for each that is counted, and one for all that were saved.
    "counts of views": (5, _counts),
    "views with their counts": (4, _now(lambda d: d.bob.views.menu(TWO_TEXTS))),
    "keep a view": (5, _now(lambda d: d.bob.views.add(NEW_VIEW))),
    "own dashboard": (3, _now(lambda d: d.bob.dashboards.mine())),
    "calendars": (2, _now(lambda d: d.dana.calendars.all())),
    "preview of a calendar": (1, _now(lambda d: d.dana.calendars.preview(PREVIEW))),
    "policies": (4, _now(lambda d: d.dana.policies.all())),
    # Two of each change that the audit log tells of: its end, and the entry.
    # Two more name the categories and people of a policy.
    "change a policy": (17, _change_policy),
    "what if": (10, _now(lambda d: d.dana.policies.what_if(WhatIfAsk(policy=POLICY)))),
    # Two of what takes data out are for the audit log.
    "report": (19, _now(lambda d: d.charlie.reports.make(LONG_AGO))),
    "tickets as lines": (5, _now(lambda d: d.bob.reports.lines(LinesQuery()))),
    "reports by schedule": (2, _now(lambda d: d.charlie.reports.schedules())),
    "rules": (3, _now(lambda d: d.dana.rules.all())),
    "rules on a ticket": (3, _now(lambda d: d.bob.rules.of_ticket(d.busy))),
    "rules tried on a ticket": (6, _now(lambda d: d.bob.rules.explain(d.busy))),
    "dry run": (8, _now(lambda d: d.dana.rules.dry_run(DryRunAsk(rule=NEVER)))),
    "log of rules": (2, _now(lambda d: d.dana.rules.runs(RunQuery()))),
    "assignable": (3, _now(lambda d: d.bob.tickets.assignable())),
    "choices": (5, _now(lambda d: d.bob.tickets.choices())),
    "articles": (2, _now(lambda d: d.alice.articles.search(ArticleQuery()))),
    "search in articles": (3, _now(lambda d: d.alice.articles.search(ArticleQuery(text="print")))),
    "suggestions": (3, _now(lambda d: d.alice.articles.suggest(SuggestionQuery(text="Printer")))),
    "article": (4, _now(lambda d: d.alice.articles.view(d.article))),
    "article for its author": (6, _now(lambda d: d.dana.articles.view(d.article))),
    "links that are broken": (4, _now(lambda d: d.bob.articles.broken_links())),
    "figures": (7, _now(lambda d: d.bob.knowledge.figures(FiguresQuery()))),
    "notifications": (3, _now(lambda d: d.alice.notifications.search(NotificationQuery()))),
    "notifications, marked": (5, _now(lambda d: d.alice.notifications.mark(NEWEST_SEEN))),
    "preferences of notifications": (5, _now(lambda d: d.alice.notifications.preferences())),
    "deliveries": (3, _now(lambda d: d.dana.channels.deliveries(DeliveryQuery()))),
    "audit log": (2, _now(lambda d: d.dana.audit.search(AuditQuery(text="a")))),
    # What stands beside the accounts, their teams and tickets and second factors, is one of them.
    "accounts": (3, _now(lambda d: d.dana.users.search(UserQuery(text="a")))),
    "accounts, counted": (2, _now(lambda d: d.dana.users.count(UserQuery(text="a")))),
    "own teams": (3, _now(lambda d: d.charlie.users.of_own_teams(ColleagueQuery()))),
    # Five of them count the try before the password is looked at, and one knows the place again.
    # One asks for a directory; two are for the audit log: the entry before, and this one.
    "sign in": (15, _now(_sign_in)),
    # Six of them count the try before the code is looked at, whoever has given the password.
    "sign in with a code": (19, _sign_in_by_code),
    "window unlocked": (7, _now(lambda d: d.alice.sessions.unlock(Unlock(password=PASSWORD)))),
    "second factor": (4, _now(lambda d: d.bob.second_factors.state())),
    "sign out": (4, _sign_out),
    "make an API key": (7, _now(lambda d: d.dana.api_keys.create(NEW_KEY))),
    "with an API key": (2, _with_key),
    # One looks whether it was done before, and one keeps that it is done now.
    "open, with an idempotency key": (23, _open_once(repeated=False)),
    "open, repeated": (2, _open_once(repeated=True)),
}


MORE_ON_POSTGRESQL = {
    # Excerpts are a statement of their own, where something was found.
    "search": 1,
    "search of a requester": 1,
    # The search row is read before its words are made anew.
    "tags of a ticket": 1,
    "own fields of a ticket": 1,
    "follow": 1,
    # One statement fewer does the same there.
    "merge": -1,
}
ONCE_MORE_OVER_HTTP = {"window unlocked", "second factor"}
"""Over HTTP these carry a key, too, and leave nothing that would be kept under it."""
REPEATABLE = {
    "open", "comment", "comment and status", "change", "take", "make an API key",
    "notifications, marked", "change a policy", "rate", "send a file",
    "comment on what was read", "macro applied", "keep a view", "tags of a ticket", "follow",
    "own fields of a ticket", "link", "merge", "snooze",
    "add a task", "tick a task", "start a timer", "tickets taken in",
}  # fmt: skip
"""Over HTTP these carry an idempotency key."""


def cost_of(use_case: str, kind: str) -> int:
    cost, _ = COSTS[use_case]
    if kind not in SQLITE:
        cost += MORE_ON_POSTGRESQL.get(use_case, 0)
    if kind in LOCAL:
        return cost
    return cost + 2 * (use_case in REPEATABLE) + (use_case in ONCE_MORE_OVER_HTTP)


@pytest.mark.parametrize("use_case", COSTS)
def test_a_use_case_sends_a_fixed_number_of_statements(sized: Sized, use_case: str, desk_kind: str):
    _, prepare = COSTS[use_case]
    call = prepare(sized)
    with statements() as sent:
        call()
    assert len(sent) == cost_of(use_case, desk_kind), "\n".join(sent)
