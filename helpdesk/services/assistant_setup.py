# SPDX-License-Identifier: GPL-3.0-or-later
"""How the assistant is set up at this moment: the settings, what an admin changed, and the key.

What the environment sets is fixed. What an admin changes is kept in the desk, and so holds for
every process of a server at once; the key is kept in the keyring of the machine that asks the
model, or stands in its environment, and never in the desk. A key belongs to the scheme and the
host it was given for: another address gets none.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from helpdesk.assistant.settings import (
    Dialect,
    EndpointAddress,
    EndpointSettings,
    Reach,
    reach_of,
)
from helpdesk.core.errors import Invalid
from helpdesk.core.keyrings import keeps_secrets
from helpdesk.core.schemas.assistant import (
    AssistantChange,
    AssistantSettings,
    AssistantStatus,
    DialectName,
)
from helpdesk.core.settings import AssistantSection, Settings
from helpdesk.models import Ticket
from helpdesk.services.kept_settings import (
    fixed_names,
    keep_secret,
    read_kept,
    secret_of,
    wanted_of,
)
from helpdesk.services.work import Work

FACT, ENABLER_FACT = "assistant_settings", "automatic_answers_by"
"""What an admin changed, and who switched automatic answers on, by their id."""
URL_VARIABLE, KEY_VARIABLE = "MISTRAL_API_ENDPOINT", "MISTRAL_API_KEY"
_SERVICE = "Help Desk assistant"
_MISTRAL_HOST = "api.mistral.ai"
_KEY_LIMIT = 500
_NO_KEYRING = (
    "This machine has no keyring that could keep the key; set it in the environment, as"
    f" {KEY_VARIABLE}, together with {URL_VARIABLE}."
)
_NO_CONSENT = (
    "{host} lies outside of your network; allow that tickets are sent there, redacted, or name an"
    " endpoint of your own."
)
_NO_URL = "Name the address of the model first."


@dataclass(frozen=True)
class Setup:
    """The assistant's settings in force, without the key."""

    section: AssistantSection
    fixed: frozenset[str]
    known_context: int | None = None
    """How much the model reads at once, where it has said that this is less than is set."""

    @property
    def context_tokens(self) -> int:
        """How many tokens a question and its answer may have together."""
        return min(self.known_context or self.section.context_tokens, self.section.context_tokens)

    @property
    def reach(self) -> Reach | None:
        """How far away the endpoint is; ``None`` without one."""
        return reach_of(self.section.url, self._private_names) if self.section.url else None

    @property
    def _private_names(self) -> tuple[str, ...]:
        """The name of the endpoint, where an admin says that such names lie in the network."""
        return (_host(self.section.url),) if self.section.private_names else ()

    @property
    def asks(self) -> bool:
        """Whether a model may be asked: it is switched on, named, and near or allowed."""
        own = self.section
        near = self.reach is not Reach.PUBLIC or own.public_consent
        return own.enabled and bool(own.url) and near

    @property
    def redacts(self) -> bool:
        """Whether personal data is taken out before anything is sent."""
        if self.reach is Reach.LOOPBACK:
            return False
        return self.section.redact or self.reach is not Reach.PRIVATE

    @property
    def place(self) -> str:
        """Where the model is, as people are told."""
        if self.reach is Reach.LOOPBACK:
            return "this machine"
        host = _host(self.section.url)
        return f"{host} in your network" if self.reach is Reach.PRIVATE else host

    def endpoint(self, key: str) -> EndpointSettings:
        """Return what a client of the model needs."""
        own = self.section
        return EndpointSettings(
            url=own.url,
            model=own.model,
            key=key,
            dialect=Dialect(own.dialect),
            native_system_role=own.native_system_role,
            context_tokens=own.context_tokens,
            private_names=self._private_names,
            ca_file=own.ca_file,
            use_proxy=own.use_proxy,
            connect_seconds=own.connect_seconds,
            first_token_seconds=own.first_token_seconds,
            idle_seconds=own.idle_seconds,
            triage_seconds=own.triage_seconds,
            chat_seconds=own.chat_seconds,
            wait_seconds=own.wait_seconds,
            at_once=own.at_once,
        )

    def with_context(self, tokens: int) -> Setup:
        """Return the same for a model that reads less at once."""
        return replace(self, known_context=tokens)

    def tried(self, change: AssistantChange | None) -> Setup:
        """Return the settings to try a connection with, as if a change were saved.

        Whether the model is switched on does not matter for that, nor is a ticket sent.
        """
        off = Setup(self.section.model_copy(update={"enabled": False}), self.fixed)
        if change is None:
            return off
        return off.changed(change.model_copy(update={"enabled": None}))

    def status(self) -> AssistantStatus:
        """Return what everybody may know."""
        if not self.asks:
            return AssistantStatus(has_model=False, model="", place="")
        return AssistantStatus(has_model=True, model=self.section.model, place=self.place)

    def view(self) -> AssistantSettings:
        """Return what an admin sees; whether there is a key may take the keyring a while."""
        own = self.section
        key, place = key_of(self)
        return AssistantSettings(
            **own.model_dump(include=set(_SHOWN)),
            dialect=DialectName(own.dialect),
            has_key=bool(key),
            key_place=place,
            can_keep_key=keeps_secrets(),
            reach=self.reach.value if self.reach else "",
            fixed=tuple(sorted(self.fixed)),
        )

    def changed(self, change: AssistantChange) -> Setup:
        """Return the settings as they would be. Raises ``Invalid`` for what cannot be."""
        wanted = wanted_of(change, self.section, self.fixed, without="key")
        if _host(wanted.get("url", self.section.url)) != _host(self.section.url):
            # What was said of one host holds for no other.
            wanted = {**dict.fromkeys(_OF_ONE_HOST - self.fixed, False), **wanted}
        section = AssistantSection.model_validate({**self.section.model_dump(), **wanted})
        setup = Setup(section, self.fixed)
        setup.require_sound()
        return setup

    def require_sound(self) -> None:
        """Raise ``Invalid`` for an address that cannot be used, or not without consent."""
        own = self.section
        if not own.url:
            if own.enabled:
                raise Invalid(_NO_URL, field="url")
            return
        if "url" in self.fixed and not own.enabled:
            # Nobody can mend it here, and it must be possible to switch it off.
            return
        address = EndpointAddress.parse(own.url, self._private_names)
        if own.enabled and address.reach is Reach.PUBLIC and not own.public_consent:
            raise Invalid(_NO_CONSENT.format(host=address.host), field="public_consent")


_HOST_NAME = "host"
"""Under what the desk keeps for which host the following were said."""
_OF_ONE_HOST = frozenset({"private_names", "public_consent"})
_SHOWN = frozenset(AssistantSettings.model_fields) & frozenset(AssistantSection.model_fields) - {
    "dialect"
}


def setup_of(settings: Settings, kept: str | None) -> Setup:
    """Return the settings in force: the environment, then what is kept in the desk, then files."""
    own = settings.assistant
    fixed = fixed_names("assistant", own)
    changed = read_kept(kept)
    values = {**own.model_dump(), **{n: v for n, v in changed.items() if n not in fixed}}
    url = os.environ.get(URL_VARIABLE, "").strip()
    if url and "url" not in fixed:
        values["url"] = url
        fixed.add("url")
        # Who names an endpoint there wants it to be asked; an admin may still switch it off.
        if "enabled" not in fixed and "enabled" not in changed:
            values["enabled"] = True
    if _host(str(values["url"])) != changed.get(_HOST_NAME, ""):
        # What an admin said of one host holds for no other, whoever names that one.
        values |= {name: getattr(own, name) for name in _OF_ONE_HOST & changed.keys() - fixed}
    values.pop(_HOST_NAME, None)
    try:
        section = AssistantSection.model_validate(values)
    except ValueError:  # kept by a newer program
        section = own
    return Setup(section, frozenset(fixed))


def expect_first_response(work: Work, ticket: Ticket) -> None:
    """Note that a new ticket gets an automatic answer, if those of its category do."""
    if ticket.category_id is None:
        return
    facts = work.desk.facts
    wanted = setup_of(work.settings, facts.get(FACT)).section.automatic_categories
    if ticket.category_id in wanted and (enabler := facts.get(ENABLER_FACT)):
        work.desk.assistant.expect_first_response(ticket.id, int(enabler), work.now)


def kept_of(setup: Setup, before: str | None, change: AssistantChange) -> str:
    """Return what is kept in the desk after a change."""
    names = (change.model_fields_set | _OF_ONE_HOST) - {"key"} - setup.fixed
    values = setup.section.model_dump(mode="json")
    kept = {**read_kept(before), **{name: values[name] for name in sorted(names)}}
    return json.dumps({**kept, _HOST_NAME: _host(setup.section.url)})


def key_of(setup: Setup) -> tuple[str, str]:
    """Return the key for the endpoint and where it is kept; both empty where there is none.

    May wait for the keyring: never within a transaction, nor on a window's main thread.
    """
    origin = origin_of(setup.section.url)
    given = os.environ.get(KEY_VARIABLE, "").strip()
    if given and origin and ("url" in setup.fixed or _host(origin) == _MISTRAL_HOST):
        return given, "environment"
    kept = secret_of(_SERVICE, origin) if origin else ""
    return (kept, "keyring") if kept else ("", "")


def keep_key(url: str, key: str) -> None:
    """Keep a key for an endpoint in the keyring, or take it away. Raises ``Invalid``."""
    origin = origin_of(url)
    if not origin:
        raise Invalid(_NO_URL, field="url")
    key = key.strip()
    if not key.isascii() or not key.isprintable() or " " in key or len(key) > _KEY_LIMIT:
        raise Invalid("A key is one word of plain letters, digits and signs.", field="key")
    if not keep_secret(_SERVICE, origin, key):
        raise Invalid(_NO_KEYRING, field="key")


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address: what a key belongs to."""
    split = urlsplit(url)
    return f"{split.scheme}://{split.netloc}".lower() if split.scheme and split.netloc else ""


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
