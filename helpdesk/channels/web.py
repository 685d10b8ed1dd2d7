# SPDX-License-Identifier: GPL-3.0-or-later
"""The only way to the web for webhooks and feeds: it goes nowhere inside and follows nobody.

A name is looked up once, every address that it has is checked, and the connection is made to an
address that was checked: who answers look-ups cannot lead it elsewhere in between.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import SplitResult, urlencode, urlsplit

from helpdesk import __version__
from helpdesk.core.clock import system_clock
from helpdesk.core.detached_threads import DetachedThreads
from helpdesk.core.errors import DeskError, Invalid
from helpdesk.core.retry_after import seconds_asked

if TYPE_CHECKING:  # it takes its time to import, and few who open a desk go to the web
    import httpx

# They name whole addresses, and that of a webhook is a secret.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

CONNECT_SECONDS, TOTAL_SECONDS = 5.0, 15.0
_OK = 200
LARGEST_ANSWER = 64 * 1024
LONGEST_WAIT_SECONDS = 24 * 60 * 60.0
"""What a server that asks to be left alone is granted at most."""
_LONGEST_URL = 2_000
_FORM_TYPE = "application/x-www-form-urlencoded"
_MOST_ADDRESSES = 4
_PORTS = {"https": 443, "http": 80}
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_TRANSLATED = tuple(
    ip_network(text)
    for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10")
)
"""Networks of IPv6 behind whose addresses stand those of IPv4, or of one site."""

_FORM = "Write the whole address, such as https://hooks.example.org/path."
_NO_PERSON = "Leave name and password out of the address; it must hold none."
_NO_TLS = (
    "{shown} would be asked without encryption; write https://, or let whoever runs the desk name"
    " the host in [channels] allowed_hosts."
)
_PORT = (
    "{shown} names a port of its own; use the usual one, or let whoever runs the desk name the"
    " host in [channels] allowed_hosts."
)
_INSIDE = (
    "{shown} is not on the public internet; let whoever runs the desk name the host in [channels]"
    " allowed_hosts."
)
_NO_NAME = "There is no host called {shown} to be found; check the address and the network."
_NO_ANSWER = "{shown} cannot be reached; check the address and the network."
_TOO_SLOW = "{shown} took longer than {seconds:.0f} seconds to answer; try again later."
_LOST = "The connection to {shown} broke off; try again later."
_DISTRUST = "The certificate of {shown} is not trusted here; ask who runs it to renew it."
_ELSEWHERE = "{shown} sends elsewhere; write the address that it leads to."
_REFUSED = "{shown} answered with the status {status}; check the address."
_TOO_LARGE = "What {shown} sends is larger than {limit:,} KB; choose a smaller file."
_NO_CA = "The file {file} holds no certificate that can be read; name another one."
_PACKED = "What {shown} sends is compressed, which was not asked for; choose another address."


class WebFault(DeskError):
    """No good answer came from the web.

    ``arrived`` is whether what was sent may have arrived all the same.
    """

    def __init__(self, sentence: str, *, arrived: bool = False) -> None:
        """Keep the sentence, and whether the request was on its way."""
        super().__init__(sentence)
        self.arrived = arrived


class Answer(NamedTuple):
    """What a server said: its status, after how many seconds to come again, and some text."""

    status: int
    retry_after: int | None
    text: str


class Target(NamedTuple):
    """An address that may be asked, in its parts; ``shown`` holds nothing secret."""

    scheme: str
    host: str
    port: int
    rest: str
    shown: str
    inside: bool
    """Whether whoever runs the desk has named the host, so that it may be anywhere."""


class _Raw(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


def fetch(url: str, *, largest: int, allowed: Sequence[str]) -> bytes:
    """Return what lies at an address, such as a feed of holidays.

    ``allowed`` are hosts as 'host' or 'host:port' that may lie inside, and need no encryption.
    Raises ``Invalid`` for an address that is not asked, and ``WebFault``. Must not be called from
    an event loop.
    """
    target = checked(url, allowed)
    raw = asyncio.run(_asked("GET", target, None, largest + 1))
    if 300 <= raw.status < 400:
        raise WebFault(_ELSEWHERE.format(shown=target.shown))
    if raw.status != _OK:
        raise WebFault(_REFUSED.format(shown=target.shown, status=raw.status))
    if raw.headers.get("content-encoding", "identity") != "identity":
        raise WebFault(_PACKED.format(shown=target.shown))
    if len(raw.body) > largest:
        raise WebFault(_TOO_LARGE.format(shown=target.shown, limit=largest // 1024))
    return raw.body


def exchange(
    url: str,
    form: Mapping[str, str] | None,
    headers: Mapping[str, str],
    *,
    largest: int,
    allowed: Sequence[str],
    ca_file: str = "",
) -> tuple[int, bytes]:
    """Ask an address, with a form where there is one, and return status and content.

    ``ca_file`` holds the only authority that is trusted, where it is named; see ``fetch``.
    """
    target = checked(url, allowed)
    body = None if form is None else urlencode(form).encode("ascii")
    sent = {**headers, **({} if form is None else {"Content-Type": _FORM_TYPE})}
    method = "GET" if form is None else "POST"
    raw = asyncio.run(_asked(method, target, body, largest + 1, sent, ca_file))
    if 300 <= raw.status < 400:
        raise WebFault(_ELSEWHERE.format(shown=target.shown))
    if raw.headers.get("content-encoding", "identity") != "identity":
        raise WebFault(_PACKED.format(shown=target.shown))
    if len(raw.body) > largest:
        raise WebFault(_TOO_LARGE.format(shown=target.shown, limit=largest // 1024))
    return raw.status, raw.body


def post(url: str, payload: Mapping[str, object], *, allowed: Sequence[str]) -> Answer:
    """Send JSON to an address and return what it says, whatever that is; see ``fetch``."""
    target = checked(url, allowed)
    body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
    raw = asyncio.run(_asked("POST", target, body, LARGEST_ANSWER))
    text = raw.body.decode("utf-8", "replace")
    wait = seconds_asked(raw.headers.get("retry-after"), system_clock(), LONGEST_WAIT_SECONDS)
    return Answer(raw.status, None if wait is None else ceil(wait), text)


def checked(url: str, allowed: Sequence[str]) -> Target:
    """Return the parts of an address that may be asked, without looking anything up.

    Raises ``Invalid`` for all others: what a name stands for is checked when it is asked.
    """
    split = _split(url)
    if "@" in split.netloc:
        raise Invalid(_NO_PERSON, field="url")
    host, port = _host_and_port(split)
    bracketed = f"[{host}]" if ":" in host else host
    shown = bracketed if port == _PORTS[split.scheme] else f"{bracketed}:{port}"
    named = {entry.strip().casefold() for entry in allowed}
    inside = bool(named & {bracketed, f"{bracketed}:{port}"})
    if not inside:
        if split.scheme != "https":
            raise Invalid(_NO_TLS.format(shown=shown), field="url")
        if port != _PORTS["https"]:
            raise Invalid(_PORT.format(shown=shown), field="url")
        address = _address(host)
        if address is not None and not is_public(address):
            raise Invalid(_INSIDE.format(shown=shown), field="url")
    rest = (split.path or "/") + (f"?{split.query}" if split.query else "")
    return Target(split.scheme, host, port, rest, shown, inside)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether an address is one of a single host on the public internet."""
    if isinstance(address, IPv6Address) and (
        address.ipv4_mapped is not None or any(address in each for each in _TRANSLATED)
    ):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _split(url: str) -> SplitResult:
    plain = url.isascii() and url.isprintable() and not set(url) & set(' \\<>"^`{|}')
    if not plain or len(url) > _LONGEST_URL:
        raise Invalid(_FORM, field="url")
    try:
        split = urlsplit(url)
    except ValueError as error:
        raise Invalid(_FORM, field="url") from error
    if split.scheme not in _PORTS or "%" in split.netloc:
        raise Invalid(_FORM, field="url")
    return split


def _host_and_port(split: SplitResult) -> tuple[str, int]:
    """Return them where they are written in the usual way: resolvers read far more as an address.

    Raises ``Invalid`` for the others, such as '127.1' and '0x7f000001'.
    """
    try:
        host, port = split.hostname or "", split.port
    except ValueError as error:
        raise Invalid(_FORM, field="url") from error
    is_address = _address(host) is not None
    is_name = _NAME.fullmatch(host) and not _NUMBER.fullmatch(host.rpartition(".")[2])
    if port == 0 or not (is_address or is_name):
        raise Invalid(_FORM, field="url")
    return host, port or _PORTS[split.scheme]


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


async def _asked(
    method: str,
    target: Target,
    body: bytes | None,
    limit: int,
    headers: Mapping[str, str] | None = None,
    ca_file: str = "",
) -> _Raw:
    # A look-up that hangs must not keep the program waiting.
    asyncio.get_running_loop().set_default_executor(DetachedThreads())
    call = _Call(method, target, body, limit, headers or {}, _trust(target, ca_file))
    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            return await call.answer(await _addresses(target))
    except TimeoutError as error:
        sentence = _TOO_SLOW.format(shown=target.shown, seconds=TOTAL_SECONDS)
        raise WebFault(sentence, arrived=call.is_sent) from error


def _trust(target: Target, ca_file: str) -> ssl.SSLContext | bool:
    """Return whom to trust. Raises ``WebFault`` for a file that holds no authority."""
    if target.scheme != "https":
        # Reading all authorities of the system takes a while, and nothing would ask them.
        return False
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ValueError) as error:
        raise WebFault(_NO_CA.format(file=ca_file)) from error


async def _addresses(target: Target) -> tuple[str, ...]:
    """Return the addresses of a host. Raises ``Invalid`` where one of them lies inside."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise WebFault(_NO_NAME.format(shown=target.shown)) from error
    addresses = tuple(dict.fromkeys(str(each[4][0]) for each in found))
    if not target.inside and not all(_leads_out(text) for text in addresses):
        raise Invalid(_INSIDE.format(shown=target.shown), field="url")
    return addresses[:_MOST_ADDRESSES]


def _leads_out(text: str) -> bool:
    address = _address(text)
    return address is not None and is_public(address)


class _Call:
    """One request, and whether it is on its way."""

    def __init__(
        self,
        method: str,
        target: Target,
        body: bytes | None,
        limit: int,
        headers: Mapping[str, str],
        trust: ssl.SSLContext | bool,
    ) -> None:
        self._more = headers
        self._trust = trust
        self._method = method
        self._target = target
        self._body = body
        self._limit = limit
        self.is_sent = False

    async def answer(self, addresses: Iterable[str]) -> _Raw:
        """Return what the first address says that can be reached at all."""
        import httpx

        fault: httpx.HTTPError | None = None
        async with self._client() as client:
            for address in addresses:
                try:
                    return await self._ask(client, address)
                except httpx.HTTPError as error:
                    fault = error
                    if not isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
                        break
        raise self._fault_of(fault) from fault

    async def _ask(self, client: httpx.AsyncClient, address: str) -> _Raw:
        target = self._target
        at = f"[{address}]" if ":" in address else address
        request = client.build_request(
            self._method,
            f"{target.scheme}://{at}:{target.port}{target.rest}",
            content=self._body,
            headers=self._headers(),
            # The certificate must be that of the name, wherever the connection is made to.
            extensions={"sni_hostname": target.host, "trace": self._note},
        )
        response = await client.send(request, stream=True)
        try:
            body = b""
            async for part in response.aiter_raw():
                body += part
                if len(body) >= self._limit:
                    break
            headers = {name.lower(): value for name, value in response.headers.items()}
            return _Raw(response.status_code, headers, body[: self._limit])
        finally:
            await response.aclose()

    async def _note(self, event: str, _info: Mapping[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            self.is_sent = True

    def _headers(self) -> dict[str, str]:
        headers = {
            "Host": self._target.shown,
            # A compressed answer could be a thousand times as large as it looks.
            "Accept-Encoding": "identity",
            "User-Agent": f"HelpDesk/{__version__}",
        }
        if self._body is not None:
            headers["Content-Type"] = "application/json"
        return {**headers, **self._more}

    def _client(self) -> httpx.AsyncClient:
        import httpx

        return httpx.AsyncClient(
            verify=self._trust,
            timeout=httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
        )

    def _fault_of(self, error: httpx.HTTPError | None) -> WebFault:
        shown = self._target.shown
        if any(isinstance(each, ssl.SSLCertVerificationError) for each in _causes(error)):
            return WebFault(_DISTRUST.format(shown=shown))
        if not self.is_sent:
            return WebFault(_NO_ANSWER.format(shown=shown))
        return WebFault(_LOST.format(shown=shown), arrived=True)


def _causes(error: BaseException | None) -> Iterable[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
