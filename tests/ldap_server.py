# SPDX-License-Identifier: GPL-3.0-or-later
"""A real directory: OpenLDAP's slapd with a handful of people, on a port of its own.

It is skipped where there is no slapd: on Debian it is the package of that name. Groups name their
members, and people name their groups by the overlay memberof.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.unit.client.authority import Authority

SUFFIX = "dc=corp,dc=example"
PEOPLE, GROUPS = f"ou=people,{SUFFIX}", f"ou=groups,{SUFFIX}"
READER, READER_PASSWORD = f"cn=reader,{SUFFIX}", "canary-reader-7781"
PASSWORD = "canary-anna-password-4213"
_ADMIN, _ADMIN_PASSWORD = f"cn=admin,{SUFFIX}", "for tests alone"
_SCHEMAS = Path("/etc/ldap/schema")
_MODULES = Path("/usr/lib/ldap")
_LONGEST_SECONDS = 20.0
_CONFIG = """\
include {schemas}/core.schema
include {schemas}/cosine.schema
include {schemas}/inetorgperson.schema
pidfile {folder}/slapd.pid
modulepath {modules}
moduleload back_mdb
moduleload memberof
TLSCACertificateFile {ca}
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
sizelimit 500
database mdb
suffix "{suffix}"
rootdn "{admin}"
rootpw "{password}"
directory {folder}/data
maxsize 10485760
overlay memberof
access to attrs=userPassword by anonymous auth by * none
access to dn.subtree="{people}" by dn.exact="{reader}" read by users read by anonymous auth
access to * by * read
"""
_PLACES = f"""\
dn: {PEOPLE}
objectClass: organizationalUnit
ou: people

dn: {GROUPS}
objectClass: organizationalUnit
ou: groups
"""
_BASE = f"""\
dn: {SUFFIX}
objectClass: domain
dc: corp

{_PLACES}
dn: {READER}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: {READER_PASSWORD}
"""


class DirectoryOfTests:
    """A running slapd, and what a test does to the people in it."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        """Start it with nobody in it."""
        if shutil.which("slapd", path=_PATH) is None:
            pytest.skip("there is no slapd here; install the package slapd")
        self.folder = folder
        (folder / "data").mkdir()
        authority.server("localhost")
        shown = folder / "server.pem"
        shutil.copy(authority.file.parent / shown.name, shown)
        self.ca_file = str(authority.file)
        self._config = folder / "slapd.conf"
        self._config.write_text(
            _CONFIG.format(
                schemas=_SCHEMAS, modules=_MODULES, folder=folder, ca=self.ca_file,
                certificate=shown, key=shown, suffix=SUFFIX, admin=_ADMIN,
                password=_ADMIN_PASSWORD, people=PEOPLE, reader=READER,
            )
        )  # fmt: skip
        self.port, self.tls_port = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.up()
        self.ldif(_BASE)

    def up(self) -> None:
        """Serve, and wait until it does."""
        urls = f"ldap://127.0.0.1:{self.port}/ ldaps://127.0.0.1:{self.tls_port}/"
        command = [_program("slapd"), "-d", "0", "-f", str(self._config), "-h", urls]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until, pause = time.monotonic() + _LONGEST_SECONDS, threading.Event()
        while not answers(self.tls_port):
            assert self._process.poll() is None, "slapd ended at once"
            assert time.monotonic() < until, "slapd does not listen"
            pause.wait(0.02)

    def down(self) -> None:
        """Serve no more."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_LONGEST_SECONDS)
            self._process = None

    @contextmanager
    def showing(self, most: int) -> Iterator[None]:
        """Show no more than some entries to each search, as busy servers do."""
        whole = self._config.read_text()
        self.down()
        self._config.write_text(whole.replace("sizelimit 500", f"sizelimit {most}"))
        self.up()
        try:
            yield
        finally:
            self.down()
            self._config.write_text(whole)
            self.up()

    def ldif(self, text: str) -> None:
        """Add, change or delete entries, as the administrator."""
        self._run("ldapmodify", "-a", text=text)

    def add_person(self, username: str, name: str, **more: str) -> None:
        """Add somebody with the password of all."""
        extra = "".join(f"{key}: {value}\n" for key, value in more.items())
        self.ldif(
            f"dn: uid={username},{PEOPLE}\nobjectClass: inetOrgPerson\nuid: {username}\n"
            f"cn: {name}\nsn: {name.split()[-1]}\nuserPassword: {PASSWORD}\n{extra}"
        )

    def add_group(self, name: str, *members: str) -> None:
        """Add a group of some people."""
        lines = "".join(f"member: uid={member},{PEOPLE}\n" for member in members)
        self.ldif(f"dn: cn={name},{GROUPS}\nobjectClass: groupOfNames\ncn: {name}\n{lines}")

    def remove(self, dn: str) -> None:
        """Remove an entry."""
        self._run("ldapdelete", dn)

    def empty(self) -> None:
        """Remove all people and groups."""
        for place in (PEOPLE, GROUPS):
            self._run("ldapdelete", "-r", place)
        self.ldif(_PLACES)

    def change(self, dn: str, *lines: str) -> None:
        """Change an entry, such as by 'replace: mail' and 'mail: new@corp.example'."""
        self.ldif(f"dn: {dn}\nchangetype: modify\n" + "\n".join(lines) + "\n")

    def rename(self, username: str, to: str) -> None:
        """Give somebody another user name."""
        dn = f"uid={username},{PEOPLE}"
        self.ldif(f"dn: {dn}\nchangetype: modrdn\nnewrdn: uid={to}\ndeleteoldrdn: 1\n")

    def _run(self, program: str, *more: str, text: str = "") -> None:
        command = [
            _program(program), "-x", "-H", f"ldap://127.0.0.1:{self.port}/", "-D", _ADMIN,
            "-w", _ADMIN_PASSWORD, *more,
        ]  # fmt: skip
        done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()


@contextmanager
def directory(folder: Path, authority: Authority) -> Iterator[DirectoryOfTests]:
    """Yield a directory that is ended afterwards."""
    made = DirectoryOfTests(folder, authority)
    try:
        yield made
    finally:
        made.down()


_PATH = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"


def _program(name: str) -> str:
    found = shutil.which(name, path=_PATH)
    if found is None:
        pytest.skip(f"there is no {name} here; install the packages slapd and ldap-utils")
    return found


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def answers(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0
