# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of a report or of tickets says what it should, and no spreadsheet works it out."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core.schemas.reports import TicketLine
from helpdesk.reporting.csv_file import (
    BYTE_ORDER_MARK,
    head_of_lines,
    lines_as_csv,
    report_as_csv,
    safe,
)
from tests.unit.reporting.reports import line, of_today, report

PAYLOADS = (
    "=1+1", "+1+1", "-1+1", "@SUM(1+1)", "\t=1+1", "\r=1+1", "＝1+1", "＋1", "－1", "＠x",
    '"=1+1', '";=1+1', "a;=1+1", "a\n=1+1", "  =1+1", "\u200b=1+1", "'=1+1", "x\"=1+1",
    "=cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")', "a\t@SUM(1)", "\ufeff=1+1",
)  # fmt: skip
_TEXTS = tuple(TicketLine.model_fields).index("subject"), *range(4, 8)


def cells(data: bytes, delimiter: str = ",") -> list[list[str]]:
    text = data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def begins_formula(cell: str) -> bool:
    return re.match(r"[\s\"\u200b\ufeff]*[=+\-@＝＋－＠]", cell) is not None


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_is_no_formula_however_the_file_is_taken_apart(payload: str):
    data = lines_as_csv([line(payload)])
    for delimiter in (",", ";", "\t", "|"):
        for row in cells(data, delimiter):
            assert not [cell for cell in row if begins_formula(cell)], (delimiter, row)
    (row,) = [row for row in cells(data) if row and row[0] == "HD-7"]
    assert row[1].replace("'", "") == payload.replace("'", "")


def test_harmless_text_stays_as_it_is():
    for text in ("VPN drops - again", "a=b", "Müller & Söhne", "1+1", "mail@corp.example", ""):
        assert safe(text) == text


@given(st.text(alphabet="=+-@\t\r\n;\"' ａ＝x1|", max_size=12))
def test_no_text_at_all_becomes_a_formula(text: str):
    neutral = safe(text)
    assert not begins_formula(neutral)
    assert neutral[:1] not in ("\t", "\r", "\n")
    for part in re.split(r"[;\t\r\n|]", neutral):
        assert not begins_formula(part)
    assert neutral.replace("'", "") == text.replace("'", "")


def test_numbers_stay_numbers():
    rows = cells(report_as_csv(report("=1+1")))
    figure = next(row for row in rows if row and row[0] == "'=1+1" and row[1:2] == ["tickets"])
    assert figure == ["'=1+1", "tickets", "-1204", "-1100", "'=1+1"]
    assert ["'=1+1", "1", "62", "-0.2500"] in rows
    assert ["'=1+1", "Created", "To resolve (seconds)", "In time (share of 1)"] in rows
    assert ["2026-11-02", "6", "2"] in rows


def test_ages_are_seconds():
    rows = cells(report_as_csv(of_today()))
    assert ["Median age", "seconds", "0", "", ""] in rows
    assert ["Category", "Age (seconds)"] in rows
    assert ["A", "0"] in rows


def test_excel_is_told_of_the_encoding_only_where_that_is_wanted():
    for made in (
        lambda bom: report_as_csv(report("ü"), bom=bom),
        lambda bom: head_of_lines(bom=bom),
    ):
        assert made(True) == BYTE_ORDER_MARK + made(False)
        assert made(False).endswith(b"\r\n")
        assert b"\n" not in made(False).replace(b"\r\n", b"")


def test_a_ticket_is_one_line_of_as_many_cells_as_the_head():
    head, row = cells(head_of_lines() + lines_as_csv([line("Drucker, „2. Stock“")]))
    assert len(head) == len(row) == len(TicketLine.model_fields)
    assert row[:3] == ["HD-7", "Drucker, „2. Stock“", "Open"]
    assert row[9:13] == ["2026-11-23 09:00:00", "", "2026-11-23 09:00:00", ""]
    assert row[15:] == ["2", ""]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_finds_no_formula(tmp_path: Path):
    file = tmp_path / "tickets.csv"
    file.write_bytes(head_of_lines() + lines_as_csv(map(line, PAYLOADS)))
    for separator in (44, 59):
        command = [
            "soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
            f"--infilter=CSV:{separator},34,76,1", "--convert-to", "ods", "--outdir",
            str(tmp_path), str(file),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        content = zipfile.ZipFile(tmp_path / "tickets.ods").read("content.xml").decode()
        assert "table:formula" not in content
        assert "HD-7" in content
