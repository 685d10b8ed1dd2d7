# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a directory by LDAP who somebody is, and lets it check their password.

No password travels unencrypted, except within this machine; no referral to another server is
followed; and what people type is escaped before it becomes part of a filter.
"""

from __future__ import annotations

import re
import socket
import ssl
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NamedTuple

from helpdesk.core.errors import DirectoryAway
from helpdesk.core.text import NAME_LIMIT, ellipsis, single_line

if TYPE_CHECKING:  # it is part of the extra 'server', and few who open a desk have a directory
    from ldap3 import Connection

CONNECT_SECONDS, ANSWER_SECONDS = 5, 10
LONGEST_NAME, LONGEST_PASSWORD = NAME_LIMIT, 1024
_AT_ONCE = 100
"""So many people are asked for by one search; servers limit both filters and answers."""
_MOST_GROUPS, _MOST_ADDRESSES = 1000, 3
_OBJECT_GUID = "objectguid"
_NOBODY = "nobody"
_OK, _SIZE_LIMIT = 0, 4
_TIME_LIMIT, _NO_ATTRIBUTE = 3, 16
_BUSY = frozenset({51, 52, 80})
_FORBIDDEN = 50
_WRONG = 49

_NOT_INSTALLED = (
    "What speaks LDAP is not installed here; let whoever runs the desk install helpdesk[server]."
)
_NO_ANSWER = "The directory {host} cannot be reached on port {port}; check both, and the network."
_NO_TLS = "The directory {host} offers no encryption on port {port}; check both, or choose TLS."
_DISTRUST = (
    "The certificate of the directory {host} is not trusted here; name its authority, or check"
    " the name of the server."
)
_NO_CA = "The file {file} holds no certificate that can be read; name another one."
_OPEN = "The way to the directory {host} is not encrypted; choose STARTTLS or TLS."
_NOT_LET_IN = "The directory {host} does not let {who} look people up; check name and password."
_NO_BASE = "The directory {host} has nothing at {base}, or shows it to nobody else; check the name."
_NOT_SHOWN = "The directory {host} refuses to look people up; check who is to look them up."
_UNFIT = "The directory {host} does not understand the filter {filter}; write it another way."
_LOST = "The directory {host} did not answer in time; try again later."
_TOO_BUSY = "The directory {host} is busy; try again later."
_CUT_SHORT = (
    "The directory {host} shows only part of what it was asked for; let who runs it raise the"
    " limits for searches."
)
_SEVERAL = "The directory {host} has several people called {name}; make the filter narrower."
_NO_ID = "The directory {host} does not tell {attribute} of {name}; name another attribute as id."


class DirectoryFault(DirectoryAway):
    """No good answer came from the directory; the sentence says why."""


class _NotReached(DirectoryFault):
    """Nobody answers at an address."""


class NotOne(DirectoryFault):
    """A name stands for several people."""


@dataclass(frozen=True)
class DirectoryServer:
    """Where a directory is, and how people are looked up in it."""

    host: str
    port: int
    security: str
    ca_file: str
    bind_dn: str
    password: str
    base_dn: str
    user_filter: str
    username_attribute: str
    name_attribute: str
    email_attribute: str
    id_attribute: str
    group_base_dn: str
    group_filter: str

    @property
    def is_encrypted(self) -> bool:
        """Whether nobody on the way can read passwords."""
        return self.security in {"starttls", "tls"}


class Group(NamedTuple):
    """A group, by its own name and by its whole one."""

    name: str
    dn: str


class DirectoryPerson(NamedTuple):
    """Somebody as the directory knows them."""

    dn: str
    id: str
    username: str
    full_name: str
    email: str | None
    groups: tuple[Group, ...]


def is_loopback(host: str) -> bool:
    """Return whether a name or an address is this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


@contextmanager
def connected(
    server: DirectoryServer, tell: Callable[[str], None] = lambda _step: None
) -> Iterator[Directory]:
    """Yield a connection on which people can be looked up. Raises ``DirectoryFault``.

    ``tell`` hears of each step that went well.
    """
    with _opened(server, server.bind_dn, server.password, tell) as (connection, is_let_in):
        if not is_let_in:
            who = server.bind_dn or "anybody"
            raise DirectoryFault(_NOT_LET_IN.format(host=server.host, who=who))
        tell(f"signed in as {server.bind_dn}" if server.bind_dn else "let in without a name")
        yield Directory(server, connection)


def is_right(server: DirectoryServer, dn: str, password: str) -> bool:
    """Return whether a password is that of a person. Raises ``DirectoryFault``.

    An empty one is never right: a directory takes it as that of a guest, and lets guests in.
    """
    if not dn or not password or len(password) > LONGEST_PASSWORD or "\0" in password:
        return False
    with _opened(server, dn, password, lambda _step: None) as (_, is_let_in):
        return is_let_in


class Directory:
    """A connection on which people are looked up."""

    def __init__(self, server: DirectoryServer, connection: Connection) -> None:
        """Bind to a connection that has been let in."""
        self._server = server
        self._connection = connection

    def look_up(self, username: str) -> DirectoryPerson | None:
        """Return who is called so, or ``None``. Raises ``DirectoryFault`` where it is not clear."""
        if not username or len(username) > LONGEST_NAME:
            return None
        found = self._people(_filled(self._server.user_filter, username=username), most=2)
        if len(found) == 1:
            return self._person(found[0])
        # As many trips as for somebody: who is there is not to be told from how long it takes.
        self._groups_of(f"uid={_NOBODY},{self._server.base_dn}", _NOBODY, {})
        if found:
            raise NotOne(_SEVERAL.format(host=self._server.host, name=single_line(username)))
        return None

    def known(self, ids: Sequence[str]) -> dict[str, DirectoryPerson]:
        """Return those of some people whom the directory still has, by their ids."""
        people: dict[str, DirectoryPerson] = {}
        for start in range(0, len(ids), _AT_ONCE):
            wanted = ids[start : start + _AT_ONCE]
            each_id = "".join(
                f"({self._server.id_attribute}={self._written(id_)})" for id_ in wanted
            )
            entries = self._people(f"(&{self._anybody}(|{each_id}))", most=_AT_ONCE * 2)
            for entry in entries:
                person = self._person(entry)
                people[person.id] = person
        return people

    def has_anybody(self) -> bool:
        """Return whether the directory shows people at all, with the ids that tell them apart."""
        entries = self._people(self._anybody, most=1)
        return bool(entries and self._person(entries[0]))

    @property
    def _anybody(self) -> str:
        return self._server.user_filter.replace("{username}", "*")

    def _written(self, id_: str) -> str:
        """Return an id as it stands in a filter."""
        from ldap3.utils.conv import escape_bytes, escape_filter_chars

        if self._server.id_attribute.casefold() == _OBJECT_GUID:
            with suppress(ValueError):
                return str(escape_bytes(uuid.UUID(id_).bytes_le))
        return str(escape_filter_chars(id_))

    def _people(self, wanted: str, most: int) -> list[dict[str, Any]]:
        own = self._server
        attributes = {
            own.username_attribute, own.name_attribute, own.email_attribute, own.id_attribute,
            "memberOf",
        }  # fmt: skip
        return self._found(own.base_dn, wanted, sorted(attributes), most)

    def _person(self, entry: dict[str, Any]) -> DirectoryPerson:
        own, values = self._server, _values(entry)
        username = _first(values, own.username_attribute)
        id_ = self._id_of(values)
        if not id_:
            name, attribute = username or entry["dn"], own.id_attribute
            raise DirectoryFault(_NO_ID.format(host=own.host, attribute=attribute, name=name))
        return DirectoryPerson(
            dn=entry["dn"],
            id=id_,
            username=username,
            full_name=_first(values, own.name_attribute) or username,
            email=_first(values, own.email_attribute) or None,
            groups=self._groups_of(entry["dn"], username, values),
        )

    def _id_of(self, values: dict[str, list[bytes]]) -> str:
        name = self._server.id_attribute.casefold()
        raw = next(iter(values.get(name, ())), b"")
        if name == _OBJECT_GUID and len(raw) == len(uuid.NAMESPACE_DNS.bytes):
            return str(uuid.UUID(bytes_le=raw))
        try:
            return single_line(raw.decode("utf-8"))
        except UnicodeDecodeError:
            return raw.hex()

    def _groups_of(
        self, dn: str, username: str, values: dict[str, list[bytes]]
    ) -> tuple[Group, ...]:
        own = self._server
        if not own.group_base_dn:
            return tuple(_group(_text(raw)) for raw in values.get("memberof", ()))
        wanted = _filled(own.group_filter, dn=dn, username=username)
        entries = self._found(own.group_base_dn, wanted, ["cn"], _MOST_GROUPS)
        return tuple(
            Group(_first(_values(entry), "cn") or _group(entry["dn"]).name, entry["dn"])
            for entry in entries
        )

    def _found(
        self, base: str, wanted: str, attributes: list[str], most: int
    ) -> list[dict[str, Any]]:
        from ldap3 import SUBTREE
        from ldap3.core.exceptions import (
            LDAPCommunicationError,
            LDAPException,
            LDAPInvalidFilterError,
            LDAPObjectClassError,
        )

        host, connection = self._server.host, self._connection
        try:
            connection.search(
                base, wanted, search_scope=SUBTREE, attributes=attributes,
                size_limit=most, time_limit=ANSWER_SECONDS,
            )  # fmt: skip
        except (LDAPInvalidFilterError, LDAPObjectClassError) as error:
            raise DirectoryFault(_UNFIT.format(host=host, filter=ellipsis(wanted, 100))) from error
        except (LDAPCommunicationError, OSError) as error:
            raise DirectoryFault(_LOST.format(host=host)) from error
        except LDAPException as error:
            # Such as a base that is no name at all.
            raise DirectoryFault(_NO_BASE.format(host=host, base=base)) from error
        answered = connection.response or ()
        entries = [entry for entry in answered if entry.get("type") == "searchResEntry"]
        self._require_answer(connection.result["result"], base, is_enough=len(entries) >= most)
        return entries[:most]

    def _require_answer(self, code: int, base: str, *, is_enough: bool) -> None:
        """Raise ``DirectoryFault`` for all but whole answers: who is not shown is not gone."""
        host = self._server.host
        # As many as were asked for, and there are more: only where no more than those matter.
        if code == _OK or (code == _SIZE_LIMIT and is_enough):
            return
        if code in {_SIZE_LIMIT, _TIME_LIMIT, _NO_ATTRIBUTE}:
            raise DirectoryFault(_CUT_SHORT.format(host=host))
        if code == _FORBIDDEN:
            raise DirectoryFault(_NOT_SHOWN.format(host=host))
        if code in _BUSY:
            raise DirectoryFault(_TOO_BUSY.format(host=host))
        raise DirectoryFault(_NO_BASE.format(host=host, base=base))


@contextmanager
def _opened(
    server: DirectoryServer, user: str, password: str, tell: Callable[[str], None]
) -> Iterator[tuple[Connection, bool]]:
    """Yield a connection, and whether somebody is let in on it."""
    if not server.is_encrypted and not is_loopback(server.host):
        raise DirectoryFault(_OPEN.format(host=server.host))
    try:
        from ldap3.core.exceptions import LDAPException
    except ImportError as error:
        raise DirectoryFault(_NOT_INSTALLED) from error
    connection = _reached(server, user, password, tell)
    try:
        try:
            is_let_in = bool(connection.bind())
        except (LDAPException, OSError) as error:
            raise DirectoryFault(_LOST.format(host=server.host)) from error
        if not is_let_in and connection.result["result"] in _BUSY:
            raise DirectoryFault(_TOO_BUSY.format(host=server.host))
        yield connection, is_let_in
    finally:
        _end(connection)


def _reached(
    server: DirectoryServer, user: str, password: str, tell: Callable[[str], None]
) -> Connection:
    """Return an encrypted connection to the first address that answers."""
    fault: DirectoryFault | None = None
    for address in _addresses(server):
        connection = _connection(server, address, user, password)
        try:
            _begin(server, connection, tell)
        except _NotReached as error:
            fault = error
            _end(connection)
        except BaseException:
            _end(connection)
            raise
        else:
            return connection
    raise fault or _not_reached(server)


def _addresses(server: DirectoryServer) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _not_reached(server) from error
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))[:_MOST_ADDRESSES]


def _connection(server: DirectoryServer, address: str, user: str, password: str) -> Connection:
    from ldap3 import ANONYMOUS, NONE, SIMPLE, SYNC, Connection, Server

    asked = Server(
        f"[{address}]" if ":" in address else address,
        port=server.port, use_ssl=server.security == "tls", get_info=NONE,
        connect_timeout=CONNECT_SECONDS, allowed_referral_hosts=[],
        tls=_tls(server) if server.is_encrypted else None,
    )  # fmt: skip
    # Without the password a name would be let in as a guest.
    named = bool(user and password)
    return Connection(
        asked, user=user if named else None, password=password if named else None,
        authentication=SIMPLE if named else ANONYMOUS, client_strategy=SYNC, auto_bind="NONE",
        auto_referrals=False, check_names=False, read_only=True, raise_exceptions=False,
        receive_timeout=ANSWER_SECONDS, return_empty_attributes=False,
    )  # fmt: skip


def _begin(server: DirectoryServer, connection: Connection, tell: Callable[[str], None]) -> None:
    """Connect, and encrypt the way."""
    from ldap3.core.exceptions import LDAPException

    told = {"host": server.host, "port": server.port}
    tls = connection.server.tls
    is_open = False
    try:
        connection.open(read_server_info=False)
        is_open = True
        if server.security == "starttls":
            connection.start_tls(read_server_info=False)
    except (LDAPException, OSError) as error:
        problem = getattr(tls, "problem", None)
        if isinstance(problem, ssl.SSLCertVerificationError):
            raise DirectoryFault(_DISTRUST.format(**told)) from error
        if problem is not None or is_open:
            raise DirectoryFault(_NO_TLS.format(**told)) from error
        raise _not_reached(server) from error
    if server.is_encrypted and not getattr(tls, "is_checked", False):
        raise DirectoryFault(_NO_TLS.format(**told))
    tell("connected")
    if server.is_encrypted:
        tell("encrypted, with a certificate that is trusted")


def _not_reached(server: DirectoryServer) -> _NotReached:
    return _NotReached(_NO_ANSWER.format(host=server.host, port=server.port))


def _end(connection: Connection) -> None:
    """Leave, and close what the library forgets where it did not get far."""
    from ldap3.core.exceptions import LDAPException

    opened = connection.socket
    with suppress(LDAPException, OSError):
        connection.unbind()
    if opened is not None:
        opened.close()


def _tls(server: DirectoryServer) -> Any:
    """Return what encrypts: the system's way, which checks the certificate and the name in it."""
    from ldap3 import Tls

    try:
        context = ssl.create_default_context(cafile=server.ca_file or None)
    except (OSError, ValueError) as error:
        raise DirectoryFault(_NO_CA.format(file=server.ca_file)) from error

    class Checked(Tls):  # type: ignore[misc]  # the library has no types
        """Leaves the checks to OpenSSL; the library has its own, of older times."""

        problem: Exception | None = None
        is_checked = False

        def wrap_socket(self, connection: Connection, do_handshake: bool = False) -> None:
            del do_handshake
            try:
                connection.socket = context.wrap_socket(
                    connection.socket, server_hostname=server.host
                )
            except Exception as error:
                self.problem = error
                raise
            self.is_checked = True

    return Checked(validate=ssl.CERT_REQUIRED)


def _filled(pattern: str, **typed: str) -> str:
    """Return a filter with names in it, of which no letter can change what the filter means."""
    from ldap3.utils.conv import escape_filter_chars

    places = "|".join(re.escape(f"{{{name}}}") for name in typed)
    return re.sub(places, lambda each: str(escape_filter_chars(typed[each[0][1:-1]])), pattern)


def _values(entry: dict[str, Any]) -> dict[str, list[bytes]]:
    return {name.casefold(): values for name, values in entry["raw_attributes"].items()}


def _first(values: dict[str, list[bytes]], name: str) -> str:
    found: Iterable[bytes] = values.get(name.casefold(), ())
    return ellipsis(single_line(_text(next(iter(found), b""))), NAME_LIMIT)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _group(dn: str) -> Group:
    """Return a group of which the whole name is known."""
    from ldap3.core.exceptions import LDAPInvalidDnError
    from ldap3.utils.dn import parse_dn

    try:
        name = parse_dn(dn)[0][1]
    except (LDAPInvalidDnError, LookupError):
        name = dn
    return Group(re.sub(r"\\(.)", r"\1", name), dn)
