# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the address of a chat channel is kept: a secret, and so never in the desk.

Whoever knows an incoming webhook can post there. It lies in the keyring of the machine that
posts, or in its environment by the channel's name; the desk keeps the host alone, and an address
of another host than that is not used.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.notifications import ChatChannelView
from helpdesk.core.settings import Settings
from helpdesk.core.text import folded
from helpdesk.models import ChatChannel
from helpdesk.services.kept_settings import keep_secret, secret_of

_SERVICE = "Help Desk chat"
_NO_KEYRING = (
    "This machine has no keyring that could keep the address; set it in the environment, as"
    ' HELPDESK_CHANNELS__URLS=\'{{"{name}": "https://…"}}\'.'
)


def url_of(settings: Settings, desk_id: str, channel_id: int, name: str, host: str) -> str:
    """Return the address of a channel on a host, or nothing where it is not known here.

    May wait for the keyring: never within a transaction, nor on a window's main thread.
    """
    url = given_url(settings, name) or secret_of(_SERVICE, _account(desk_id, channel_id))
    return url if _host(url) == host else ""


def given_url(settings: Settings, name: str) -> str:
    """Return the address that environment or file name for a channel, or nothing."""
    wanted = folded(name)
    urls = settings.channels.urls.items()
    return next((url for known, url in urls if folded(known) == wanted), "")


def keep_url(desk_id: str, channel_id: int, name: str, url: str) -> None:
    """Keep the address of a channel. Raises ``Invalid`` where nothing can."""
    if not keep_secret(_SERVICE, _account(desk_id, channel_id), url):
        raise Invalid(_NO_KEYRING.format(name=name), field="url")


def forget_url(desk_id: str, channel_id: int) -> None:
    """Forget the address of a channel."""
    keep_secret(_SERVICE, _account(desk_id, channel_id), "")


def view_of(channel: ChatChannel, url: str) -> ChatChannelView:
    """Return a channel as people see it, who are not shown its address."""
    return ChatChannelView(
        id=channel.id, name=channel.name, kind=channel.kind, host=channel.host, has_url=bool(url),
        active=channel.active, last_posted_at=channel.last_posted_at, problem=channel.problem,
        version=channel.version,
    )  # fmt: skip


def _account(desk_id: str, channel_id: int) -> str:
    return f"{desk_id}/{channel_id}"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
