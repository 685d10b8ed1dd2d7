# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that identifies anybody leaves, everything but secrets comes back, and time is linear."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helpdesk.assistant.redaction import holds_secret, redact

NAMES = ("Alice Moreau", "Jo van der Berg")
LOGINS = ("amoreau", "j.berg")


def _sent(text: str) -> str:
    return redact([text], names=NAMES, logins=LOGINS).texts[0]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Write to alice.moreau+it@firm.example.", "Write to [EMAIL_1]."),
        ("**bob@x.example**, `!@x.example`", "**[EMAIL_1]**, `[EMAIL_2]`"),
        ("jörg@büro.example and root@pc", "[EMAIL_1] and [EMAIL_2]"),
        ("Alice's PC, moreau, Moreau, Alice", "[NAME_1]'s PC, [NAME_2], [NAME_3]"),
        ("Alice  Moreau and JO VAN DER BERG, malice", "[NAME_1] and [NAME_2], malice"),
        ("CORP\\amoreau, J.Berg. AMOREAU2", "CORP\\[USER_1], [USER_2]. AMOREAU2"),
        ("+49 (0)30 1234-567, (555) 123-4567", "[PHONE_1], [PHONE_2]"),
        ("ext. 4417, call me on 0301 23 45 6", "ext. [PHONE_2], call me on [PHONE_1]"),
        ("10.20.30.40:443 and 10.20.0.0/16.", "[IP_1]:443 and [IP_2]/16."),
        ("fe80::1ff:fe23:4567:890a%eth0, ::1: up", "[IP_1], [IP_2]: up"),
        ("3C:52:82:aa:bb:cc 3c-52-82-aa-bb-cc 3c52.82aa.bbcc", "[MAC_1] [MAC_2] [MAC_3]"),
        ("serial number: PF3X-91AB, S/N 12345", "serial number: [SERIAL_1], S/N [SERIAL_2]"),
        ("https://firm.example/a and mail.corp.local", "https://[HOST_1]/a and [HOST_2]"),
        ("(see https://x.example/r?user=7).", "(see [URL_1])."),
        ("LAPTOP-4F2K9Q, LYO-P12, lyo-sw-1-02", "[HOST_1], [HOST_2], [HOST_3]"),
        (r"\\lyo-fs01\finance\x.docx", r"\\[HOST_1]\finance\x.docx"),
        ("DE89 3704 0044 0532 0130 00 please", "[IBAN_1] please"),
        ("AT61 1904 3002 3457 3201 COBA", "[IBAN_1] COBA"),
    ],
)
def test_what_identifies_is_replaced_and_comes_back(text: str, sent: str):
    redacted = redact([text], names=NAMES, logins=LOGINS)
    assert redacted.texts == (sent,)
    assert redacted.restored(sent) == text
    assert redacted.secrets == 0


@pytest.mark.parametrize(
    "text",
    [
        "KB5031455, 0x80070035, HD-1042, KB-12, AADSTS50011, UTF-8, x64, WPA2",
        "Windows 10.0.19045.3693 since 01.02.2026 08:15, 2026-11-23 08:30:00, 12/11/2026",
        "It is down.In the office nobody can print. ASP.NET, setup.exe, report.final.docx",
        "C:/Users/Shared/AppData/Local/Microsoft/Outlook2019/Backup/Files",
        "123e4567-e89b-12d3-a456-426614174000",
        "Saved passwords in Windows. Old passwords: forget them.",
        "My password is wrong, the token was refused and the PIN is not accepted.",
        "std::abc, a ratio of 3:2, {'a': 1}",
    ],
)
def test_what_identifies_nobody_stays(text: str):
    assert _sent(text) == text
    assert not holds_secret(text)


SECRETS = {
    "Winter2024!": "password: {}",
    "hunter2": "DB_PASSWORD={}",
    "correct-horse": "Passwort für VPN: {}",
    "Zebra9": "I reset the password to x and changed the passwords: {}",
    "Sommer!": "the password was changed to {}",
    "4711": "my PIN is {}.",
    "Hunter22x": "the password for the mailbox is now {}",
    "a b c": '{{"password": "{}"}}',
    "tr0ub4dor": "mysql --password {} -h x",
    "s3same": "net use z: \\\\fs\\share {} /user:bob",
    "pa55word": "smtp://joe:{}@mail.example:25",
    "dXNlcjpwYXNz": "Authorization: Basic {}",
    "sid=abcdef": "Cookie: {}",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcDEF_123": "it sends {}",
    "AKIAABCDEFGHIJKLMNOP": "key {}",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789": "git says {}",
    "xoxb-123456789012-abcdefGHIJ": "bot {}",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b": "hash {}",
    "Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZkdISUpLTE1O": "blob {}",
    "VK7JG-NPHTM-C97JM-9MPGT-3V66T": "licence {}",
    "123456-123456-123456-123456-123456-123456-123456-123456": "BitLocker {}",
    "4111 1111 1111 1111": "Visa {} 12/27",
    "378282246310005": "Amex {}",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----": "x {} y",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC": "cut off: {}",
}


@pytest.mark.parametrize("secret", SECRETS, ids=str.split)
def test_a_secret_goes_for_good(secret: str):
    text = SECRETS[secret].format(secret)
    redacted = redact([text])
    assert holds_secret(text)
    assert redacted.secrets == redacted.kinds["secret"] == 1
    assert secret not in redacted.texts[0]
    assert "[SECRET_1]" in redacted.restored(redacted.texts[0])
    assert secret not in redacted.restored("[SECRET_1] [URL_1]")
    assert secret not in repr(redacted)


def test_numbers_run_through_all_texts_and_leave_out_those_that_stand_there():
    redacted = redact(["[email_1] is odd; a@x.example", "b@x.example, a@x.example"])
    assert redacted.texts == ("[email_1] is odd; [EMAIL_2]", "[EMAIL_3], [EMAIL_2]")
    assert redacted.kinds == {"e-mail address": 2}
    assert redacted.restored("[EMAIL_1] [EMAIL_2] [email_3] [EMAIL_9] [NAME_1]") == (
        "[EMAIL_1] a@x.example b@x.example [EMAIL_9] [NAME_1]"
    )


def test_a_link_with_a_secret_comes_back_without_it():
    redacted = redact(["https://x.example/reset?user=bob&token=s3cr3t now"])
    assert redacted.texts == ("[URL_1] now",)
    assert redacted.restored("[URL_1]") == "https://x.example/reset?user=bob&token=[SECRET_1]"


PIECES = st.one_of(
    st.text(max_size=12),
    st.emails(),
    st.ip_addresses().map(str),
    st.sampled_from(
        [
            "Alice Moreau",
            "amoreau",
            "[EMAIL_1]",
            "[HOST_",
            "1]",
            "+49 30 123456",
            "\\\\srv1\\x",
            "[",
            "]",
        ]
    ),
    st.text(string.ascii_letters + string.digits + "@.:/[]_-", max_size=12),
)


@given(st.lists(st.lists(PIECES, max_size=6).map(" ".join), max_size=3))
@example(["x@y.example[HOST_1]", "[[EMAIL_1]]_1]"])
def test_all_but_secrets_comes_back(texts: list[str]):
    redacted = redact(texts, names=NAMES, logins=LOGINS)
    if not redacted.secrets:
        assert [redacted.restored(text) for text in redacted.texts] == texts


@given(st.emails(), st.text(max_size=20), st.sampled_from([" ", ", ", "\n", "<", '"', "("]))
def test_no_address_leaves(address: str, around: str, border: str):
    sent = _sent(f"{around}{border}{address}{border[::-1]}{around}").casefold()
    assert address.casefold() not in sent.replace(around.casefold(), "")


@given(
    # What is nothing but marks belongs to the label: `pwd => x`, `**password:** x`.
    st.from_regex(r"[!-Z^-~][!-~]{0,30}", fullmatch=True).filter(
        lambda value: value[0] not in "\"'`" and value.strip(">*`") != ""
    ),
    st.sampled_from(["password: ", "pwd=", "Secret:\n", "api_key = ", "token\t:\t"]),
)
@example(">a", "pwd=")
@example("*a", "password: ")
def test_no_password_leaves(password: str, label: str):
    sent = _sent(f"Hello, {label}{password} and thanks")
    assert re.fullmatch(r"Hello, .{3,10}\[SECRET_\d+\] and thanks", sent, re.DOTALL)


HOSTILE = ("a@", "eyJ", "0 ", "password for x ", "://", "DE89 3704 0044 ")


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_text_is_read_to_its_end(piece: str):
    """Time that grows with the square of this length would end the run."""
    sent = _sent(f"{piece * (100_000 // len(piece))}\npassword: hunter2")
    assert sent.endswith("[SECRET_1]")
