# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk report`` and ``export tickets``: what is written, what is printed, the exit codes."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from helpdesk.core.paths import DataFolder
from tests.unit.cli.conftest import Run

HEAD = "number,title,requester,status,created_at,resolved_at,category\n"


@pytest.fixture
def _tickets(run: Run, tmp_path: Path) -> None:
    rows = [
        f"{n},Printer {n},alice,resolved,2026-03-{n:02}T08:00,2026-03-{n:02}T1{n}:00,Printing\n"
        for n in range(1, 6)
    ]
    file = tmp_path / "old.csv"
    file.write_text(HEAD + "".join(rows))
    outcome = run("import", "tickets", file, "--map", "subject=title")
    assert outcome.code == 0, outcome
    assert run("jobs", "run", "--once").code == 0


def rows_of(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.reader(opened))


@pytest.mark.usefixtures("_tickets")
def test_a_report_is_written_of_the_days_and_tickets_named(run: Run, tmp_path: Path):
    file = tmp_path / "march.csv"
    outcome = run(
        "report", "summary", "--from", "2026-03-01", "--to", "2026-03-31", "--output", file,
        "--category", "printing", "--no-bom",
    )  # fmt: skip
    said = f"Summary, 2026-03-01 to 2026-03-31, is written to {file}.\n"
    assert outcome == (0, said, "")
    assert file.read_bytes().startswith(b"Report,Summary\r\n")
    rows = rows_of(file)
    assert ["Days", "2026-03-01", "2026-03-31", "UTC"] in rows
    assert ["Created", "tickets", "5", "0", ""] in rows
    assert ["Median resolution", "seconds", "18000", "", ""] in rows
    file = tmp_path / "march.pdf"
    assert run("report", "ageing", "--period", "last_month", "--output", file).code == 0
    assert file.read_bytes().startswith(b"%PDF-")


@pytest.mark.usefixtures("_tickets")
def test_tickets_are_exported(run: Run, tmp_path: Path):
    file = tmp_path / "tickets.csv"
    assert run("export", "tickets", file) == (0, f"Exported to {file}: 5 tickets.\n", "")
    assert len(rows_of(file)) == 6
    assert run("export", "tickets", file, "--query", "HD-3").out.endswith(": 1 ticket.\n")
    assert rows_of(file)[1][:3] == ["HD-3", "Printer 3", "Resolved"]
    before = file.read_bytes()
    outcome = run("export", "tickets", file, "--query", "status:opn printer")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("“opn” is no status; did you mean open?")
    assert file.read_bytes() == before


def test_what_there_is_not_is_told(run: Run, tmp_path: Path):
    file = tmp_path / "r.csv"
    for option, name, sentence in (
        ("--team", "Night", "There is no team called Night; choose one of: none at all."),
        ("--category", "Fax", "There is no category called Fax; choose one of: Hardware, "),
        ("--technician", "nobody", "There is no "),
    ):
        outcome = run("report", "sla", "--output", file, option, name)
        assert (outcome.code, outcome.out) == (1, "")
        assert outcome.err.startswith(sentence)
    outcome = run("report", "sla", "--output", file, "--technician", "alice")
    assert outcome.code == 1
    assert outcome.err.startswith("alice is no technician, ")
    outcome = run("report", "sla", "--output", tmp_path / "none" / "r.csv")
    said = f"There is no folder {tmp_path / 'none'}; make it, or choose another place.\n"
    assert outcome == (1, "", said)
    outcome = run("report", "sla", "--output", file, "--from", "2026-02-01", "--to", "2026-01-01")
    assert outcome.code == 1
    assert "name them in order" in outcome.err
    assert run("export", "tickets", tmp_path / "none" / "t.csv").code == 1
    assert not file.exists()


def test_odd_days_are_told_in_a_sentence(run: Run, tmp_path: Path):
    file = tmp_path / "r.csv"
    for first, last, sentence in (
        ("2230-01-01", "2230-01-05", "Nothing is counted from 2230-01-01 on, because today is "),
        ("9999-12-31", "9999-12-31", "Nothing is counted from 9999-12-31 on, because today is "),
        ("1900-01-01", "2020-01-01", "Choose 1 to 1,830 days (about five years), "),
    ):
        for kind in ("summary", "ageing"):
            outcome = run("report", kind, "--from", first, "--to", last, "--output", file)
            assert (outcome.code, outcome.out) == (1, "")
            assert outcome.err.startswith(sentence)
    for kind in ("summary", "sla", "categories", "ageing"):
        begun = ("--from", "2026-01-01", "--to", "2030-01-01")
        assert run("report", kind, *begun, "--output", file).code == 0
        old = ("--from", "0001-01-01", "--to", "0001-01-01")
        assert run("report", kind, *old, "--output", file).code == 0


def test_wrong_usage_ends_with_2(run: Run, tmp_path: Path, capsys):
    for arguments in (
        ("nonsense", "--output", "a.csv"),
        ("sla",),
        ("sla", "--output", "a.doc"),
        ("sla", "--output", "a.csv", "--from", "yesterday"),
        ("sla", "--output", "a.csv", "--team", "A", "--technician", "b"),
    ):
        with pytest.raises(SystemExit) as caught:
            run("report", *arguments)
        assert caught.value.code == 2
    assert capsys.readouterr().err


def test_what_writes_pdf_is_loaded_only_for_a_pdf(run: Run, folder: DataFolder, tmp_path: Path):
    program = (
        "import sys; from helpdesk.cli import main; code = main(sys.argv[1:]);"
        " assert not {'reportlab', 'bidi', 'uharfbuzz'} & set(sys.modules); sys.exit(code)"
    )
    command = [
        sys.executable, "-c", program, "--data-dir", str(folder.path), "report", "sla",
        "--output", str(tmp_path / "r.csv"),
    ]  # fmt: skip
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
