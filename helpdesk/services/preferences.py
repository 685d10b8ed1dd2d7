# SPDX-License-Identifier: GPL-3.0-or-later
"""How somebody wants to be told: what they chose, their quiet hours, and their digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from helpdesk.core.errors import Invalid
from helpdesk.core.notification_defaults import CONCERNS, USUAL
from helpdesk.core.schemas.notifications import (
    Delivery,
    Happening,
    Preference,
    Preferences,
    PreferencesChange,
)
from helpdesk.core.schemas.users import Role
from helpdesk.models import NotificationSetting, User
from helpdesk.repositories.notifications import Recipient
from helpdesk.services.quiet_hours import known_zone, next_digest, quiet_until, zone_of

LONGEST_WAIT = timedelta(days=2)
"""No digest is planned further ahead: what is was planned by a clock that has been set back."""

_NOT_CONCERNED = "'{happening}' does not concern your role; leave it out."
_TWICE = "Each happening can be chosen once; '{happening}' stands twice."
_NO_HOURS = (
    "Quiet hours that end when they begin are none; choose another time, or switch them off."
)
_SETTINGS = ("quiet", "quiet_from", "quiet_until", "urgent_breaks_quiet", "digest_at", "sound")


@dataclass(frozen=True)
class Way:
    """How somebody is told of one thing, as of a moment.

    What is ``shown`` beside the clock alone counts as read in the window; in quiet hours it is
    kept there instead. ``mail_at`` is when a mail may leave, or when the digest is due.
    """

    in_app: bool
    shown: bool
    read: bool
    mail_at: datetime | None
    digest: bool

    @property
    def tells(self) -> bool:
        """Whether they are told at all."""
        return self.in_app or self.mail_at is not None


def way_for(
    person: Recipient, happening: Happening, now: datetime, *, urgent: bool, mails: bool
) -> Way:
    """Return how somebody is told of a happening; ``mails`` is whether they can get mail at all."""
    wish = person.wish(happening)
    quiet_end = _quiet_end(person, now, urgent=urgent)
    is_quiet = quiet_end is not None
    mail = wish.mail if mails else Delivery.OFF
    mail_at = None
    if mail is Delivery.DIGEST:
        mail_at = planned_digest(person, now)
    elif mail is Delivery.NOW:
        mail_at = quiet_end or now
    return Way(
        in_app=wish.app or wish.desktop,
        shown=wish.desktop and not is_quiet,
        read=not (wish.app or urgent or is_quiet),
        mail_at=mail_at,
        digest=mail is Delivery.DIGEST,
    )


def planned_digest(person: Recipient, now: datetime) -> datetime:
    """Return when the next digest of somebody is due: as planned, where that is sensible."""
    planned = person.next_digest_at
    if planned is not None and planned <= now + LONGEST_WAIT:
        return planned
    return next_digest(now, zone_of(person.time_zone), person.digest_at)


def preferences_of(
    user: User,
    role: Role,
    setting: NotificationSetting,
    choices: dict[Happening, Preference],
    *,
    mail_works: bool,
) -> Preferences:
    """Return how somebody is told of what concerns their role."""
    return Preferences(
        choices=tuple(choices.get(each, USUAL[each]) for each in CONCERNS[role]),
        **{name: getattr(setting, name) for name in _SETTINGS},
        time_zone=setting.time_zone,
        email=user.email,
        mail_works=mail_works,
    )


def require_choosable(choices: tuple[Preference, ...], role: Role) -> None:
    """Raise ``Invalid`` for a happening that is not the role's to choose, or stands twice."""
    seen: set[Happening] = set()
    for choice in choices:
        label = choice.happening.label
        if choice.happening not in CONCERNS[role]:
            raise Invalid(_NOT_CONCERNED.format(happening=label), field="choices")
        if choice.happening in seen:
            raise Invalid(_TWICE.format(happening=label), field="choices")
        seen.add(choice.happening)


def change_setting(setting: NotificationSetting, change: PreferencesChange, now: datetime) -> bool:
    """Change what a person has set, and return whether anything was. Raises ``Invalid``."""
    wanted = change.model_dump(include=change.model_fields_set - {"choices"}, exclude_none=True)
    if "time_zone" in wanted:
        known_zone(wanted["time_zone"])
    for name, value in wanted.items():
        setattr(setting, name, value)
    if setting.quiet and setting.quiet_from == setting.quiet_until:
        raise Invalid(_NO_HOURS, field="quiet_until")
    if setting.next_digest_at is not None and wanted.keys() & {"digest_at", "time_zone"}:
        setting.next_digest_at = next_digest(now, zone_of(setting.time_zone), setting.digest_at)
    return bool(wanted)


def _quiet_end(person: Recipient, now: datetime, *, urgent: bool) -> datetime | None:
    if not person.quiet or (urgent and person.urgent_breaks_quiet):
        return None
    return quiet_until(now, zone_of(person.time_zone), person.quiet_from, person.quiet_until)
