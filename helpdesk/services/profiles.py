# SPDX-License-Identifier: GPL-3.0-or-later
"""One's own account: profile, picture, sessions and what was done by and with it."""

from __future__ import annotations

import base64
import logging
from datetime import timedelta

from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.languages import LANGUAGES
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.accounts import (
    EmailChange,
    NewPicture,
    Picture,
    ProfileChange,
    ProfileView,
    SessionInfo,
    SessionList,
)
from helpdesk.core.schemas.audit import AuditAction, AuditPage, AuditQuery, AuditView
from helpdesk.core.schemas.notifications import PreferencesChange
from helpdesk.core.schemas.users import AccountOrigin
from helpdesk.models import User
from helpdesk.repositories.desk_changes import NOTIFICATION, PICTURE, USER
from helpdesk.services.audit_trail import About
from helpdesk.services.pictures import checked_png
from helpdesk.services.preferences import change_setting
from helpdesk.services.proving import proven, still
from helpdesk.services.security_setup import FACT, security_of
from helpdesk.services.session_registry import hash_of
from helpdesk.services.user_changes import UserChanges
from helpdesk.services.work import LOCAL, Transacted, Work

logger = logging.getLogger(__name__)

_PEOPLE_ALONE = "Only a person has a profile; sign in."
_OF_DIRECTORY = "Your {what} is kept where your account comes from ({origin}); change it there."
_NO_LANGUAGE = "The program does not speak this language; choose one of the list."
_TOO_LONG = "Admins let a window wait for {minutes} minutes at the most; choose a shorter time."
_WRONG = "The password is wrong."


class Profiles:
    """What people look after themselves."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/me/preferences", permission=Permission.OWN_ACCOUNT)
    def own(self) -> ProfileView:
        """Show one's own profile, and how the window looks."""
        return self._view(self._work.desk)

    @operation("PATCH", "/me/preferences", permission=Permission.OWN_ACCOUNT)
    def change(self, change: ProfileChange) -> ProfileView:
        """Change one's own profile, or how the window looks."""
        desk, person = self._work.desk, self._person()
        if change.full_name is not None:
            self._rename(desk, desk.users.get(person), change.full_name)
        if change.time_zone is not None:
            setting = desk.notifications.setting(person)
            wanted = PreferencesChange(time_zone=change.time_zone)
            change_setting(setting, wanted, self._work.now)
            desk.notifications.keep(setting)
            if setting.next_digest_at is not None:
                desk.outbox.postpone(person, setting.next_digest_at)
            desk.changed(NOTIFICATION, person)
        self._change_window(desk, person, change)
        desk.changed(USER, person)
        desk.flush()
        return self._view(desk)

    @operation(
        "PUT",
        "/me/email",
        permission=Permission.OWN_ACCOUNT,
        transaction=Transaction.STEPWISE,
        people_only=True,
    )
    def change_email(self, change: EmailChange) -> ProfileView:
        """Change one's own e-mail address; the old one is told of it."""
        with self._work.step(writes=False) as desk:
            user = desk.users.get(self._person())
        _require_local(user, "e-mail address")
        proved = proven(self._work, change.password, Invalid(_WRONG, field="password"))
        with self._work.step(writes=True) as desk:
            user = still(desk, proved)
            self._readdress(desk, user, change.email or None)
            return self._view(desk)

    @operation("PUT", "/me/picture", permission=Permission.OWN_ACCOUNT)
    def set_picture(self, picture: NewPicture) -> None:
        """Show a picture of oneself to everybody; an empty one takes it away."""
        desk, person = self._work.desk, self._person()
        kept = checked_png(picture.data) if picture.data else None
        before = desk.profiles.picture(person)
        if (before or None) == kept:
            return
        desk.profiles.get(person).picture = kept
        said = ("picture", "there" if before else "none", "another" if kept else "none")
        desk.audit.add(AuditAction.USER_CHANGED, self._myself(), [said])
        desk.changed(PICTURE, person)
        desk.changed(USER, person)

    @operation("GET", "/people/{user_id}/picture", permission=Permission.OWN_ACCOUNT)
    def picture(self, user_id: int) -> Picture:
        """Return somebody's picture; empty where there is none, or nobody."""
        kept = self._work.desk.profiles.picture(user_id)
        return Picture(data=base64.b64encode(kept).decode())

    @operation("GET", "/me/sessions", permission=Permission.OWN_ACCOUNT)
    def sessions(self) -> SessionList:
        """Show where one is signed in."""
        desk, now = self._work.desk, self._work.now
        rules = security_of(self._work.settings.security, desk.facts.get(FACT))
        used_since = now - timedelta(hours=rules.session_hours)
        begun_since = now - timedelta(days=rules.session_days)
        this = hash_of(self._work.token or "")
        found = desk.profiles.sessions(
            self._person(), now=now, used_since=used_since, begun_since=begun_since
        )
        return SessionList(
            items=tuple(
                SessionInfo(
                    id=each.id,
                    began_at=each.created_at,
                    used_at=each.used_at,
                    source=each.source or LOCAL,
                    device=each.device,
                    is_this=each.token_hash == this,
                )
                for each in found
            )
        )

    @operation(
        "DELETE",
        "/me/sessions/{session_id}",
        permission=Permission.OWN_ACCOUNT,
        people_only=True,
    )
    def end_session(self, session_id: int) -> None:
        """End one of one's own sessions; nothing happens where it has ended."""
        if self._work.desk.profiles.end_session(self._person(), session_id):
            self._ended(1)

    @operation("DELETE", "/me/sessions", permission=Permission.OWN_ACCOUNT, people_only=True)
    def end_others(self) -> None:
        """End all of one's own sessions but this one."""
        this = hash_of(self._work.token or "")
        if ended := self._work.desk.profiles.end_others(self._person(), this):
            self._ended(ended)

    @operation("GET", "/me/activity", permission=Permission.OWN_ACCOUNT)
    def activity(self, query: AuditQuery) -> AuditPage:
        """List what was done by oneself and with one's own account, the newest first."""
        person = self._person()
        page = self._work.desk.audit_log.page(query, of_person=person)
        return page.model_copy(update={"items": tuple(_told(each, person) for each in page.items)})

    def _ended(self, count: int) -> None:
        desk = self._work.desk
        said = ("sessions", str(count), "ended")
        desk.audit.add(AuditAction.SESSIONS_ENDED, self._myself(), [said])
        desk.changed(USER, self._person())

    def _rename(self, desk: Transacted, user: User, full_name: str) -> None:
        if full_name == user.full_name:
            return
        _require_local(user, "name")
        changes = UserChanges(self._work, desk, user)
        changes.rename(full_name)
        changes.finish()

    def _change_window(self, desk: Transacted, person: int, change: ProfileChange) -> None:
        names = {"language", "theme", "density", "lock_minutes"}
        wanted = change.model_dump(include=names, exclude_none=True)
        if not wanted:
            return
        if wanted.get("language", next(iter(LANGUAGES))) not in LANGUAGES:
            raise Invalid(_NO_LANGUAGE, field="language")
        longest = security_of(self._work.settings.security, desk.facts.get(FACT)).lock_minutes
        if longest and wanted.get("lock_minutes", 0) > longest:
            raise Invalid(_TOO_LONG.format(minutes=longest), field="lock_minutes")
        profile = desk.profiles.get(person)
        for name, value in wanted.items():
            setattr(profile, name, value)

    def _readdress(self, desk: Transacted, user: User, email: str | None) -> None:
        """Take another address, and end the other sessions."""
        changes = UserChanges(self._work, desk, user)
        changes.readdress(email)
        if changes.finish():
            desk.sessions.end_of(user.id, but=hash_of(self._work.token or ""))

    def _view(self, desk: Transacted) -> ProfileView:
        own = desk.profiles.own(self._person(), FACT)
        if own is None:
            raise Invalid(_PEOPLE_ALONE)
        longest = security_of(self._work.settings.security, own.kept_security).lock_minutes
        within = min(own.lock_minutes or longest, longest) if longest else own.lock_minutes
        return ProfileView(
            full_name=own.full_name,
            username=own.username,
            email=own.email,
            has_picture=own.has_picture,
            time_zone=own.time_zone,
            language=own.language,
            theme=own.theme,
            density=own.density,
            lock_minutes=within,
            longest_lock_minutes=longest,
            is_directory_account=own.origin is not AccountOrigin.LOCAL,
        )

    def _person(self) -> int:
        if self._work.actor.id is None:
            raise Invalid(_PEOPLE_ALONE)
        return self._work.actor.id

    def _myself(self) -> About:
        return About("user", self._person(), self._work.actor.full_name)


def _require_local(user: User, what: str) -> None:
    """Raise ``Forbidden`` for what the directory says of somebody."""
    if user.origin is not AccountOrigin.LOCAL:
        raise Forbidden(_OF_DIRECTORY.format(what=what, origin=user.origin.label))


def _told(entry: AuditView, person: int) -> AuditView:
    """Return an entry as the person may read it: from where others came is not theirs to know."""
    is_of_another = entry.actor is not None and entry.actor.id != person
    return entry.model_copy(update={"source": ""}) if is_of_another else entry
