# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in by a directory or a provider: set up, tried, and the browser's part of it."""

from __future__ import annotations

from collections.abc import Iterable

from helpdesk.channels.ldap_directory import DirectoryFault, DirectoryPerson, connected
from helpdesk.channels.openid import ProviderFault, described, keys_of
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.directory import (
    DirectoryChange,
    DirectorySettings,
    DirectoryTest,
    DirectoryTestAsk,
    SingleSignOnAnswer,
    SingleSignOnBegin,
    SingleSignOnChange,
    SingleSignOnSettings,
    SingleSignOnWay,
)
from helpdesk.core.schemas.users import SignInView
from helpdesk.repositories.desk_changes import CHANNEL
from helpdesk.services import directory_setup, single_sign_on_setup
from helpdesk.services.audit_trail import About, Change
from helpdesk.services.directory_setup import DirectorySetup, directory_of
from helpdesk.services.directory_sign_in import server_of
from helpdesk.services.single_sign_on import SingleSignOn
from helpdesk.services.single_sign_on_setup import SingleSignOnSetup, single_sign_on_of
from helpdesk.services.work import Transacted, Work

_WORKS = "The directory works; people can be looked up."
_FOUND = "The directory works; {name} was found."
_NOBODY = "The directory works, and has nobody called {name}; look at base and filter."
_EMPTY = "The directory answers and shows nobody at all; look at base and filter."
_PROVIDER_WORKS = "The provider works; a sign-in in the browser shows the rest."
_DIRECTORY, _PROVIDER = (
    About("settings", None, "Directory"),
    About("settings", None, "Single sign-on"),
)


class Directory:
    """A directory (LDAP) and a provider (OpenID Connect) that know the people of the desk."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "GET",
        "/directory/settings",
        permission=Permission.SET_UP_SECURITY,
        transaction=Transaction.STEPWISE,
    )
    def settings(self) -> DirectorySettings:
        """Show how people sign in by the directory; the password is not shown."""
        return self._directory().view()

    @operation(
        "PATCH",
        "/directory/settings",
        permission=Permission.SET_UP_SECURITY,
        transaction=Transaction.STEPWISE,
        people_only=True,
    )
    def change(self, change: DirectoryChange) -> DirectorySettings:
        """Change how people sign in by the directory, from the next sign-in on."""
        # The keyring may take its time: no transaction waits for it.
        changed = self._directory().changed(change)
        if change.password is not None:
            changed.keep_password(change.password)
        with self._work.step(writes=True) as desk:
            kept = desk.facts.get(directory_setup.FACT)
            before = directory_setup.setup_of(self._work.settings, kept)
            setup = before.changed(change)
            desk.facts.set(directory_setup.FACT, directory_setup.kept_of(setup, kept, change))
            told = _differences(before.section, setup.section, change.password)
            self._changed(desk, _DIRECTORY, told)
        return setup.view()

    @operation(
        "POST",
        "/directory/test",
        permission=Permission.SET_UP_SECURITY,
        transaction=Transaction.STEPWISE,
        waits=True,
        people_only=True,
    )
    def test(self, ask: DirectoryTestAsk) -> DirectoryTest:
        """Try the directory step by step, and look somebody up in it where they are named."""
        setup = self._directory().tried(ask.change)
        steps: list[str] = []
        try:
            given = ask.change.password
            server = server_of(setup) if given is None else setup.server(given)
            with connected(server, steps.append) as directory:
                if not ask.username:
                    if not directory.has_anybody():
                        return DirectoryTest(works=False, sentence=_EMPTY, steps=tuple(steps))
                    return DirectoryTest(
                        works=True, sentence=_WORKS, steps=(*steps, "people found")
                    )
                person = directory.look_up(ask.username)
        except DirectoryFault as fault:
            return DirectoryTest(works=False, sentence=str(fault), steps=tuple(steps))
        if person is None:
            said = _NOBODY.format(name=ask.username)
            return DirectoryTest(works=False, sentence=said, steps=tuple(steps))
        return DirectoryTest(
            works=True,
            sentence=_FOUND.format(name=person.full_name),
            steps=(*steps, "found"),
            found=_told_of(setup, person),
        )

    @operation(
        "GET",
        "/single-sign-on/settings",
        permission=Permission.SET_UP_SECURITY,
        transaction=Transaction.STEPWISE,
    )
    def provider(self) -> SingleSignOnSettings:
        """Show how people sign in by the provider; the secret is not shown."""
        return self._provider().view()

    @operation(
        "PATCH",
        "/single-sign-on/settings",
        permission=Permission.SET_UP_SECURITY,
        transaction=Transaction.STEPWISE,
        people_only=True,
    )
    def change_provider(self, change: SingleSignOnChange) -> SingleSignOnSettings:
        """Change how people sign in by the provider, from the next sign-in on."""
        changed = self._provider().changed(change)
        if change.secret is not None:
            changed.keep_secret(change.secret)
        with self._work.step(writes=True) as desk:
            kept = desk.facts.get(single_sign_on_setup.FACT)
            before = single_sign_on_setup.setup_of(self._work.settings, kept)
            setup = before.changed(change)
            value = single_sign_on_setup.kept_of(setup, kept, change)
            desk.facts.set(single_sign_on_setup.FACT, value)
            told = _differences(before.section, setup.section, change.secret)
            self._changed(desk, _PROVIDER, told)
        return setup.view()

    @operation(
        "POST",
        "/single-sign-on/test",
        permission=Permission.SET_UP_SECURITY,
        transaction=Transaction.STEPWISE,
        waits=True,
        people_only=True,
    )
    def test_provider(self, change: SingleSignOnChange) -> DirectoryTest:
        """Try whether the provider can be reached and tells what is needed of it."""
        setup = self._provider().tried(change)
        # Its secret is only ever shown to it with a code: there is nothing to send it yet.
        provider = setup.provider("")
        steps: list[str] = []
        try:
            about = described(provider, anew=True)
            steps.append("the provider describes itself, and gives codes")
            keys_of(provider, about)
            steps.append("its keys can be read")
        except ProviderFault as fault:
            return DirectoryTest(works=False, sentence=str(fault), steps=tuple(steps))
        return DirectoryTest(works=True, sentence=_PROVIDER_WORKS, steps=tuple(steps))

    @operation(
        "POST",
        "/session/single-sign-on",
        permission=None,
        transaction=Transaction.STEPWISE,
        waits=True,
        secret=True,
    )
    def begin(self, begin: SingleSignOnBegin) -> SingleSignOnWay:
        """Begin a sign-in in the browser, which comes back to a loopback address (RFC 8252)."""
        return SingleSignOn(self._work).begin(begin)

    @operation(
        "POST",
        "/session/single-sign-on/answer",
        permission=None,
        transaction=Transaction.STEPWISE,
        waits=True,
        creates=True,
        secret=True,
    )
    def finish(self, answer: SingleSignOnAnswer) -> SignInView:
        """Sign in with what the browser came back with; it counts once."""
        return SingleSignOn(self._work).finish(answer)

    def _directory(self) -> DirectorySetup:
        with self._work.step(writes=False) as desk:
            return directory_of(self._work.settings, desk.facts)

    def _provider(self) -> SingleSignOnSetup:
        with self._work.step(writes=False) as desk:
            return single_sign_on_of(self._work.settings, desk.facts)

    @staticmethod
    def _changed(desk: Transacted, about: About, told: list[Change]) -> None:
        if told:
            desk.audit.add(AuditAction.SETTINGS_CHANGED, about, told)
        desk.changed(CHANNEL, 1)


def _differences(before: object, after: object, secret: str | None) -> list[Change]:
    """Return what was changed, in words; of a secret only that it was."""
    told: list[Change] = []
    for name, value in _values(after):
        earlier = dict(_values(before))[name]
        if value != earlier:
            told.append((name.replace("_", " "), earlier, value))
    if secret is not None:
        told.append(("secret", "", "replaced" if secret else "taken away"))
    return told


def _values(section: object) -> Iterable[tuple[str, str]]:
    from helpdesk.core.settings import DirectorySection, SingleSignOnSection

    assert isinstance(section, (DirectorySection, SingleSignOnSection))  # noqa: S101
    shown = section.model_dump(mode="json", exclude={"bind_password", "client_secret"})
    for name, value in shown.items():
        if isinstance(value, dict):
            yield name, "; ".join(f"{group}: {role}" for group, role in sorted(value.items()))
        elif isinstance(value, list):
            yield name, " ".join(value)
        else:
            yield name, {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _told_of(setup: DirectorySetup, person: DirectoryPerson) -> str:
    """Return what is known of somebody, in lines."""
    role = setup.role_of(person)
    groups = ", ".join(group.name for group in person.groups) or "none"
    return "\n".join(
        (
            f"{person.full_name} ({person.username}), {person.email or 'no e-mail address'}",
            f"Groups: {groups}",
            f"Role: {role.label if role else 'none, so that they cannot sign in'}",
        )
    )
