# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk user``: what the owner of the file does with accounts."""

from __future__ import annotations

import io

import pytest
from cryptography.fernet import Fernet

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.errors import Forbidden, NewPasswordDue, WrongPassword
from helpdesk.core.schemas.users import NewPassword, NewSession
from tests.conftest import PASSWORD, SignIn
from tests.unit.cli.conftest import Run


def test_an_added_account_signs_in_with_what_is_printed(run: Run, embedded: EmbeddedDesk):
    outcome = run("user", "add", "Zoe", "--name", "Zoe Quist", "--role", "technician")
    username, role, password = outcome.lines[0].split("  ")
    assert (outcome.code, username, role) == (0, "Zoe", "technician")
    with pytest.raises(NewPasswordDue):
        embedded.facade().sessions.sign_in(NewSession(username="zoe", password=password))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["a b", "--name", "A B"], "A user name has"),
        (["alice", "--name", "Another Alice"], "The user name alice is taken"),
        (["zoe", "--name", " "], "The name must not be empty"),
        (["zoe", "--name", "Zoe", "--email", "nowhere"], "That is not an e-mail address"),
    ],
    ids=["blank", "taken", "nameless", "address"],
)
def test_what_cannot_be_an_account_is_refused(run: Run, arguments, sentence):
    before = run("user", "list").out
    outcome = run("user", "add", *arguments)
    assert outcome.code == 1
    assert outcome.err.startswith(sentence)
    assert outcome.err.count("\n") == 1
    assert run("user", "list").out == before


def test_a_new_one_time_password_replaces_the_old_one(run: Run, embedded: EmbeddedDesk):
    outcome = run("user", "password", "ALICE")
    username, role, password = outcome.lines[0].split("  ")
    assert (username, role) == ("alice", "user")
    sessions = embedded.facade().sessions
    with pytest.raises(WrongPassword):
        sessions.sign_in(NewSession(username="alice", password=PASSWORD))
    with pytest.raises(NewPasswordDue):
        sessions.sign_in(NewSession(username="alice", password=password))


def test_a_password_from_standard_input_is_for_good(run: Run, embedded, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(" four words, as typed \r\n"))
    outcome = run("user", "password", "alice", "--stdin")
    assert outcome.code == 0
    assert "typed" not in outcome.out
    desk = embedded.facade()
    desk.sessions.sign_in(NewSession(username="alice", password=" four words, as typed "))
    assert desk.sessions.current().user.username == "alice"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "at least 15"),
        ("helpdesk helpdesk\n", "too easy to guess"),
        ("short\n", "at least 15"),
        ("x" * 4000 + "\n", "1024 bytes"),
    ],
    ids=["nothing", "easy", "short", "long"],
)
def test_a_bad_password_changes_nothing(run: Run, embedded, monkeypatch, typed, sentence):
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    outcome = run("user", "password", "alice", "--stdin")
    assert outcome.code == 1
    assert sentence in outcome.err
    embedded.facade().sessions.sign_in(NewSession(username="alice", password=PASSWORD))


def test_an_admin_cannot_set_a_lasting_password(sign_in: SignIn):
    admin = sign_in("dana")
    alice = admin.users.named("alice")
    with pytest.raises(Forbidden):
        admin.users.set_password(alice.id, NewPassword(password="known to two people"))


def test_a_deactivated_account_cannot_sign_in(run: Run, embedded: EmbeddedDesk):
    assert run("user", "deactivate", "bob").code == 0
    with pytest.raises(WrongPassword):
        embedded.facade().sessions.sign_in(NewSession(username="bob", password=PASSWORD))
    assert "bob  technician  deactivated  Bob Keller" in run("user", "list").lines
    again = run("user", "deactivate", "bob")
    assert (again.code, again.err) == (1, "bob is deactivated already.\n")


def test_the_last_admin_stays(run: Run):
    outcome = run("user", "deactivate", "dana")
    assert outcome.code == 1
    assert "last active admin" in outcome.err


@pytest.mark.parametrize("deed", ["password", "deactivate"])
def test_a_name_that_is_no_text_is_told(run: Run, deed):
    outcome = run("user", deed, "bob\udcff")
    assert (outcome.code, outcome.err) == (1, "There is no account called bob\ufffd.\n")


@pytest.mark.parametrize("deed", ["password", "deactivate"])
def test_an_unknown_name_is_told(run: Run, deed):
    outcome = run("user", deed, "nobody")
    assert (outcome.code, outcome.err) == (1, "There is no account called nobody.\n")


def test_the_list_holds_everybody(run: Run, monkeypatch):
    monkeypatch.setattr("helpdesk.commands.users._PAGE", 4)
    names = [line.split("  ")[0] for line in run("user", "list").lines]
    assert names == ["alice", "bob", "charlie", "dana", "erin", "frank"]


def test_a_secret_key_is_printed_alone_and_another_one_each_time(run: Run):
    keys = [run("secret-key") for _ in range(2)]
    assert [(each.code, each.err, len(each.lines)) for each in keys] == [(0, "", 1)] * 2
    assert keys[0].out != keys[1].out
    assert Fernet(keys[0].out.strip()).encrypt(b"x")
