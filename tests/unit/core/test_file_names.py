# SPDX-License-Identifier: GPL-3.0-or-later
"""D01: whatever a file is called, it gets a name that is safe to show and to save it under."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core.file_names import safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("printer.log", "printer.log"),
        ("Größe.txt", "Größe.txt"),
        ("../../x", "x"),
        ("/etc/passwd", "passwd"),
        ("C:\\x", "x"),
        ("C:x", "C_x"),
        ("..", "file"),
        ("", "file"),
        ("   ", "file"),
        ("a/", "file"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("LPT1.tar.gz", "_LPT1.tar.gz"),
        ("com\u00b9", "_com\u00b9"),
        ("console.txt", "console.txt"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("\u200b.htaccess", "htaccess"),
        ("a\x00b.txt", "a\ufffdb.txt"),
        ("a\r\nSet-Cookie: b.txt", "a Set-Cookie_ b.txt"),
        ("what?.txt", "what_.txt"),
        ("x.txt. . ", "x.txt"),
        ("e\u0301.txt", "\u00e9.txt"),
        ("\ud800.txt", "\ufffd.txt"),
    ],
)
def test_d01_a_name_says_what_the_file_is_and_nothing_else(name: str, safe: str):
    assert safe_name(name) == safe


def test_d01_a_long_name_keeps_its_ending():
    assert safe_name("x" * 300 + ".docx") == "x" * 194 + ".docx"
    assert len(safe_name("x" * 300)) == 199
    assert len(safe_name("\U0001f600" * 300 + ".png").encode()) <= 240


@settings(max_examples=200)
@given(st.text(max_size=400))
def test_d01_no_text_makes_a_name_that_is_not_safe(text: str):
    name = safe_name(text)
    assert 1 <= len(name) <= 200
    assert len(name.encode()) <= 255
    assert not set(name) & set('/\\<>:"|?*')
    assert not any(unicodedata.category(each).startswith("C") for each in name)
    assert name[0] not in ". "
    assert name[-1] not in ". "
    assert safe_name(name) == name
