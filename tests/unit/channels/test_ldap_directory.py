# SPDX-License-Identifier: GPL-3.0-or-later
"""A real directory: who is found in it, whose password is right, and what is never sent to it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from helpdesk.channels import ldap_directory
from helpdesk.channels.ldap_directory import (
    DirectoryFault,
    DirectoryServer,
    NotOne,
    connected,
    is_right,
)
from tests.ldap_server import (
    GROUPS,
    PASSWORD,
    PEOPLE,
    READER,
    READER_PASSWORD,
    SUFFIX,
    DirectoryOfTests,
    directory,
)
from tests.unit.client.authority import Authority

ANNA = f"uid=anna,{PEOPLE}"
HOSTILE = (
    "*", "an*", "anna)(uid=*", "anna)(|(uid=*", ")(objectClass=*", "(", ")", "\\", "\\2a",
    "anna\0", "a" * 5000, "anna)(mail=*))(|(uid=*", "", " ",
)  # fmt: skip


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def people(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> Iterator[DirectoryOfTests]:
    with directory(tmp_path_factory.mktemp("slapd"), authority) as made:
        made.add_person("anna", "Anna Ångström", mail="anna@corp.example")
        made.add_person("bert", "Bert Braun")
        made.add_group("helpdesk", "anna")
        made.add_group("Everybody", "anna", "bert")
        yield made


@pytest.fixture
def server(people: DirectoryOfTests) -> DirectoryServer:
    return DirectoryServer(
        host="localhost", port=people.port, security="starttls", ca_file=people.ca_file,
        bind_dn=READER, password=READER_PASSWORD, base_dn=PEOPLE,
        user_filter="(&(objectClass=inetOrgPerson)(uid={username}))", username_attribute="uid",
        name_attribute="cn", email_attribute="mail", id_attribute="entryUUID",
        group_base_dn="", group_filter="(member={dn})",
    )  # fmt: skip


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
def test_somebody_is_found_and_their_password_is_checked(server, people, security):
    port = people.tls_port if security == "tls" else people.port
    server = replace(server, security=security, port=port)
    steps: list[str] = []
    with connected(server, steps.append) as found:
        anna, bert = found.look_up("ANNA"), found.look_up("bert")
        assert found.look_up("nobody") is None
    assert anna is not None
    assert bert is not None
    assert (anna.username, anna.full_name, anna.email) == (
        "anna", "Anna Ångström", "anna@corp.example",
    )  # fmt: skip
    assert (bert.email, bert.id != anna.id, len(anna.id)) == (None, True, 36)
    assert {group.name for group in anna.groups} == {"helpdesk", "Everybody"}
    assert f"cn=helpdesk,{GROUPS}" in {group.dn for group in anna.groups}
    assert steps[0] == "connected"
    assert any("encrypted" in step for step in steps) == (security != "none")
    assert is_right(server, anna.dn, PASSWORD)
    assert not is_right(server, anna.dn, PASSWORD + "x")
    assert not is_right(server, f"uid=nobody,{PEOPLE}", PASSWORD)


def test_groups_are_searched_where_people_do_not_name_theirs(server):
    server = replace(server, group_base_dn=GROUPS)
    with connected(server) as found:
        anna = found.look_up("anna")
    assert anna is not None
    assert {group.name for group in anna.groups} == {"helpdesk", "Everybody"}


def test_an_empty_password_is_nobodys_though_the_directory_lets_guests_in(server, monkeypatch):
    def refuse(*_: object) -> None:
        raise AssertionError("the directory was asked")

    steps: list[str] = []
    with connected(replace(server, bind_dn="", password=""), steps.append):
        assert steps[-1] == "let in without a name"
    monkeypatch.setattr(ldap_directory, "_connection", refuse)
    for password in ("", "\0", "a\0b", "x" * 1025):
        assert not is_right(server, ANNA, password)
    assert not is_right(server, "", PASSWORD)


@pytest.mark.parametrize("typed", HOSTILE)
def test_what_is_typed_never_becomes_part_of_the_filter(server, typed):
    with connected(replace(server, group_base_dn=GROUPS)) as found:
        assert found.look_up(typed) is None


def test_a_name_with_signs_of_filters_is_found_as_it_is(server, people):
    people.add_person("o(*)b", "Odd One")
    with connected(replace(server, group_base_dn=GROUPS)) as found:
        odd = found.look_up("o(*)b")
        assert found.look_up("o*b") is None
    assert odd is not None
    assert (odd.username, odd.groups) == ("o(*)b", ())
    people.remove(odd.dn)


def test_a_name_that_several_have_is_nobodys(server):
    broad = replace(server, user_filter="(|(uid={username})(objectClass=inetOrgPerson))")
    with connected(broad) as found, pytest.raises(NotOne, match="several people"):
        found.look_up("anna")


def test_a_certificate_must_be_of_the_name_and_of_a_known_authority(server, people):
    secure = replace(server, security="tls", port=people.tls_port)
    wrong = (
        replace(secure, host="127.0.0.1"),
        replace(secure, ca_file=""),
        replace(server, host="127.0.0.1"),
        replace(server, ca_file=""),
    )
    for each in wrong:
        with pytest.raises(DirectoryFault, match="not trusted"), connected(each):
            pass
        with pytest.raises(DirectoryFault, match="not trusted"):
            is_right(each, ANNA, PASSWORD)


def test_no_password_leaves_this_machine_unencrypted(server):
    away = replace(server, host="directory.corp.example", security="none")
    with pytest.raises(DirectoryFault, match="not encrypted"), connected(away):
        pass
    with pytest.raises(DirectoryFault, match="not encrypted"):
        is_right(away, ANNA, PASSWORD)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"password": "wrong"}, "does not let cn=reader"),
        ({"base_dn": f"ou=nowhere,{SUFFIX}"}, "nothing at ou=nowhere"),
        ({"base_dn": "no name at all"}, "nothing at no name at all"),
        ({"user_filter": "(uid={username}"}, "does not understand the filter"),
        ({"id_attribute": "employeeNumber"}, "does not tell employeeNumber"),
        ({"port": 1}, "cannot be reached"),
        ({"ca_file": "/nowhere/ca.pem"}, "holds no certificate"),
    ],
)
def test_what_is_set_up_wrongly_is_said_in_a_sentence(server, change, sentence):
    with (
        pytest.raises(DirectoryFault, match=sentence),
        connected(replace(server, **change)) as found,
    ):
        found.look_up("anna")


def test_a_directory_that_says_nothing_is_not_waited_for_long(server, monkeypatch):
    monkeypatch.setattr(ldap_directory, "ANSWER_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        quiet = replace(server, port=silent.getsockname()[1], security="none", host="127.0.0.1")
        with pytest.raises(DirectoryFault, match="did not answer"), connected(quiet):
            pass


def test_the_people_of_a_desk_are_known_by_their_ids(server, people):
    with connected(server) as found:
        anna = found.look_up("anna")
        assert anna is not None
        known = found.known([anna.id, "00000000-0000-0000-0000-000000000000"])
        assert known == {anna.id: anna}
        assert found.has_anybody()
        assert found.known([]) == {}
    people.rename("anna", "anna.new")
    with connected(server) as found:
        assert found.known([anna.id])[anna.id].username == "anna.new"
        assert found.look_up("anna") is None
    people.rename("anna.new", "anna")


def test_an_answer_that_is_cut_short_is_none(server, people):
    with connected(server) as found:
        ids = [person.id for name in ("anna", "bert") if (person := found.look_up(name))]
    grouped = replace(server, group_base_dn=GROUPS)
    with people.showing(1):
        with connected(server) as found:
            assert found.has_anybody()
            with pytest.raises(DirectoryFault, match="only part"):
                found.known(ids)
        # Of two groups one is shown, which may give a lower role.
        with connected(grouped) as found, pytest.raises(DirectoryFault, match="only part"):
            found.look_up("anna")
