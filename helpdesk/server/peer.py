# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is at the other end of a connection, before any proxy is believed about it."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from helpdesk.server.exchange import headers_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_KEY = "helpdesk.peer"
_HOUSEHOLD_BITS = 64
_BEHIND_PROXY = "helpdesk.behind_proxy"
_FORWARDED = {b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-real-ip", b"via"}


class Peer:
    """Notes whose connection it is; stands before what believes the headers of proxies."""

    def __init__(self, app: ASGIApp, *, behind_proxy: bool) -> None:
        """Stand before an application; ``behind_proxy`` says that proxies are named."""
        self._app = app
        self._behind_proxy = behind_proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note it and pass the request on."""
        if client := scope.get("client"):
            scope["client"] = (_plain(client[0]), client[1])
            scope[_KEY] = scope["client"][0]
        scope[_BEHIND_PROXY] = self._behind_proxy
        await self._app(scope, receive, send)


def may_be_overheard(scope: Scope) -> bool:
    """Whether a request came over the network, and neither we nor a proxy encrypted it."""
    return scope["scheme"] != "https" and not is_loopback(scope.get(_KEY, ""))


def is_from_here(scope: Scope) -> bool:
    """Whether somebody on this machine asks, and not for somebody else.

    Beside a proxy nobody does: one on this machine may pass strangers on and add no header.
    """
    if scope.get(_BEHIND_PROXY, True) or _FORWARDED & headers_of(scope).keys():
        return False
    return is_loopback(scope.get(_KEY, ""))


def source_of(scope: Scope) -> str:
    """Return where a request comes from: an address, or what one household has of IPv6.

    Behind a proxy that is believed it is what the proxy says, else what is at the other end.
    """
    client = scope.get("client")
    host = _plain(_without_port(client[0]).partition("%")[0]) if client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, _HOUSEHOLD_BITS), strict=False))


def is_loopback(host: str) -> bool:
    """Whether a name or an address is that of this machine for itself."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


def _without_port(host: str) -> str:
    """Return an address without the port that some proxies tell with it."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0] if host.count(":") == 1 else host


def _plain(host: str) -> str:
    """Return an IPv4 address as such, where a socket for both kinds tells it as IPv6."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    mapped = address.ipv4_mapped if address.version == 6 else None
    return str(mapped or host)
