# SPDX-License-Identifier: GPL-3.0-or-later
"""Saved views: queries that people keep, share and pin, and how many tickets each shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from pydantic import ValidationError

from helpdesk.core.errors import Conflict, Forbidden, Invalid
from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.query_groups import merged
from helpdesk.core.query_meaning import has_fields
from helpdesk.core.query_writing import written_query
from helpdesk.core.schemas.tickets import TicketCount, TicketQuery
from helpdesk.core.schemas.users import PersonRef, TeamRef
from helpdesk.core.schemas.views import (
    CountedViews,
    NewView,
    SavedViewView,
    Shared,
    TextCount,
    ViewChange,
    ViewCount,
    ViewCounts,
    ViewCountsQuery,
    ViewPins,
    ViewTexts,
)
from helpdesk.models import SavedView
from helpdesk.repositories.desk_changes import OWN_VIEW, VIEW
from helpdesk.repositories.saved_views import Seen
from helpdesk.services.query_names import plain, understood_by
from helpdesk.services.work import Work

_MOST = 100
_KEPT = timedelta(days=30)
"""How long a deleted view can be brought back."""
_COUNTED = 1_000
"""A count in a menu goes no further: more is not read from it."""
_Names = tuple[dict[int, str], dict[int, str], dict[int, str]]
_NOT_KEPT = {"cursor", "limit", "behind"}


class Views:
    """The saved views of the caller, and those that others share with them."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/views", permission=Permission.SEE_OWN_TICKETS)
    def all(self) -> tuple[SavedViewView, ...]:
        """List the views that the caller may see, those they have pinned first."""
        return tuple(self._view(seen) for seen in self._work.desk.saved_views.all())

    @operation("GET", "/views/menu", permission=Permission.SEE_OWN_TICKETS)
    def menu(self, texts: ViewTexts) -> CountedViews:
        """List the views that the caller may see, and count what the pinned ones and texts show."""
        seen = self._work.desk.saved_views.all()
        pinned = [each for each in seen if each.pinned is not None]
        return CountedViews(
            views=tuple(map(self._view, seen)), counts=self._counts(pinned, texts.texts)
        )

    @operation("POST", "/views", permission=Permission.SEE_OWN_TICKETS, creates=True)
    def add(self, new: NewView) -> SavedViewView:
        """Keep a query under a name; only who may share work lets others see it."""
        views, person_id = self._work.desk.saved_views, self._person_id()
        if views.owned() >= _MOST:
            raise Invalid(f"You have {_MOST} views already; delete one that you no longer use.")
        self._require_may_share(new.shared, new.team_id)
        view = SavedView(
            name=new.name,
            query="",
            text="",
            shared=new.shared,
            owner_id=person_id,
            team_id=new.team_id if new.shared is Shared.TEAM else None,
            version=1,
        )
        self._keep(view, new.query)
        views.add(view)
        self._tell(view)
        return self._view(views.get(view.id))

    @operation("PATCH", "/views/{view_id}", permission=Permission.SEE_OWN_TICKETS)
    def change(self, view_id: int, change: ViewChange) -> SavedViewView:
        """Rename a view, or change what it shows and who sees it."""
        seen = self._to_change(view_id, change.version)
        view, touched, before = seen.view, change.model_fields_set, seen.view.shared
        if change.name is not None:
            view.name = change.name
        if change.query is not None:
            self._keep(view, change.query)
        if change.shared is not None or "team_id" in touched:
            shared = change.shared or view.shared
            team_id = change.team_id if "team_id" in touched else view.team_id
            if shared is Shared.PRIVATE and view.owner_id != self._work.actor.id:
                raise Invalid("Only its owner can keep a view for themselves.", field="shared")
            self._require_may_share(shared, team_id)
            view.shared, view.team_id = shared, team_id if shared is Shared.TEAM else None
        view.version += 1
        self._tell(view, before)
        return self._view(self._work.desk.saved_views.get(view.id))

    @operation("DELETE", "/views/{view_id}", permission=Permission.SEE_OWN_TICKETS)
    def remove(self, view_id: int, version: int) -> None:
        """Delete a view, for everybody who sees it; for 30 days it can be brought back."""
        view, views = self._to_change(view_id, version).view, self._work.desk.saved_views
        views.remove(view, self._work.now)
        views.forget_removed(view.owner_id, self._work.now - _KEPT, _MOST)
        self._tell(view)

    @operation("POST", "/views/{view_id}/restore", permission=Permission.SEE_OWN_TICKETS)
    def restore(self, view_id: int) -> SavedViewView:
        """Bring a deleted view back as it was: with its owner, and pinned where it was pinned."""
        views = self._work.desk.saved_views
        seen = views.removed(view_id, self._work.now - _KEPT)
        self._require_may_change(seen)
        if views.owned(seen.view.owner_id) >= _MOST:
            raise Invalid(f"{seen.owner} has {_MOST} views already; delete one of them first.")
        seen.view.removed_at = None
        self._tell(seen.view)
        return self._view(seen)

    @operation("PUT", "/me/views/pins", permission=Permission.SEE_OWN_TICKETS)
    def pin(self, pins: ViewPins) -> tuple[SavedViewView, ...]:
        """Let these be the caller's pinned views, in this order; hidden ones are left out."""
        self._person_id()
        views = self._work.desk.saved_views
        visible = {seen.view.id for seen in views.some(pins.view_ids)}
        views.pin([id_ for id_ in dict.fromkeys(pins.view_ids) if id_ in visible])
        return self.all()

    @operation("GET", "/views/counts", permission=Permission.SEE_OWN_TICKETS)
    def counts(self, query: ViewCountsQuery) -> ViewCounts:
        """Count what views and texts show, each up to a limit, so that all of it stays quick."""
        return self._counts(self._work.desk.saved_views.some(query.view_ids), query.texts)

    def _counts(self, views: Sequence[Seen], asked: Sequence[str]) -> ViewCounts:
        counted = ((seen.view.id, self._counted(_query_of(seen.view))) for seen in views)
        texts = (self._counted(TicketQuery(text=text)) for text in asked)
        return ViewCounts(
            views=tuple(
                ViewCount(view_id=id_, count=found.count, exact=found.exact)
                for id_, found in counted
            ),
            texts=tuple(TextCount(count=found.count, exact=found.exact) for found in texts),
        )

    def _tell(self, view: SavedView, before: Shared = Shared.PRIVATE) -> None:
        """Let windows load the views again: its owner's, and those of others where it is shared.

        ``before`` is how it was shared until now, as whoever sees it no more hears of that.
        """
        self._work.desk.changed(OWN_VIEW, view.owner_id)
        if {view.shared, before} != {Shared.PRIVATE}:
            self._work.desk.changed(VIEW, view.id)

    def _counted(self, query: TicketQuery) -> TicketCount:
        return self._work.desk.tickets.count(plain(self._work, query), None, _COUNTED)

    def _to_change(self, view_id: int, version: int) -> Seen:
        seen = self._work.desk.saved_views.get(view_id)
        self._require_may_change(seen)
        if seen.view.version != version:
            raise Conflict(
                "Somebody changed this view in the meantime; look at it and try again.",
                current=self._view(seen),
            )
        return seen

    def _require_may_change(self, seen: Seen) -> None:
        if not self._may_change(seen.view):
            raise Forbidden(f"Only {seen.owner} and managers can change this view; save a copy.")

    def _may_change(self, view: SavedView) -> bool:
        if view.owner_id == self._work.actor.id:
            return True
        return view.shared is not Shared.PRIVATE and self._work.actor.may(Permission.SHARE_WORK)

    def _require_may_share(self, shared: Shared, team_id: int | None) -> None:
        if shared is Shared.PRIVATE:
            return
        if not self._work.actor.may(Permission.SHARE_WORK):
            raise Forbidden("Only managers can share views; keep it for yourself.")
        if shared is Shared.TEAM:
            self._require_team(team_id)

    def _require_team(self, team_id: int | None) -> None:
        desk = self._work.desk
        known = team_id is not None and desk.saved_views.is_in_team(team_id)
        if not known and not self._work.actor.may(Permission.SET_UP_TICKETS):
            raise Invalid("Choose one of your teams to share the view with.", field="team_id")
        if team_id is None:
            raise Invalid("Choose the team to share the view with.", field="team_id")
        desk.teams.choose(team_id)

    def _keep(self, view: SavedView, query: TicketQuery) -> None:
        """Put a query into a view: by ids, with ages and 'me' as they were said."""
        if has_fields(query.text):
            query = merged(query, understood_by(self._work, query.text).query)
        kept = query.model_dump(mode="json", exclude_defaults=True, exclude=_NOT_KEPT)
        view.query = TicketQuery.model_validate(kept).model_dump_json(exclude_defaults=True)
        view.text = written_query(query, *self._names_in(query))

    def _names_in(self, query: TicketQuery) -> _Names:
        """Return the people, categories and teams of a query that who asks may know by name."""
        names, desk, actor = self._work.desk.query_names, self._work.desk, self._work.actor
        if not actor.may(Permission.SEE_ALL_TICKETS):
            offered = {each.id: each.name for each in desk.categories.active()}
            return {actor.id: actor.username} if actor.id else {}, offered, {}
        people = {*query.assignee_ids, *query.requester_ids, *query.watcher_ids}
        people |= {*query.without_assignee_ids, *query.without_requester_ids}
        return (
            names.usernames(people | {*query.without_watcher_ids}),
            names.category_names({*query.category_ids, *query.without_category_ids}),
            names.team_names({*query.team_ids, *query.without_team_ids}),
        )

    def _person_id(self) -> int:
        if self._work.actor.id is None:
            raise Invalid("Only a person keeps views.")
        return self._work.actor.id

    def _view(self, seen: Seen) -> SavedViewView:
        view = seen.view
        has_team = view.team_id is not None and seen.team is not None
        return SavedViewView(
            id=view.id,
            name=view.name,
            query=_query_of(view),
            text=view.text,
            shared=view.shared,
            team=TeamRef(id=view.team_id, name=seen.team) if has_team else None,
            owner=PersonRef(id=view.owner_id, full_name=seen.owner),
            may_change=self._may_change(view) and not self._work.read_only,
            pinned=seen.pinned,
            version=view.version,
        )


def _query_of(view: SavedView) -> TicketQuery:
    """Return what a view asks for; one that a newer program kept is read as its text."""
    try:
        return TicketQuery.model_validate_json(view.query)
    except ValidationError:
        return TicketQuery(text=view.text)
