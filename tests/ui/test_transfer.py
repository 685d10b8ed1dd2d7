# SPDX-License-Identifier: GPL-3.0-or-later
"""Importing tickets and exporting the desk by the window."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from pathlib import Path

import pytest
from PyQt5.QtWidgets import QApplication

from helpdesk.client.desk_files import DeskFiles
from helpdesk.client.ticket_sources import source_of
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.ui.settings.transfer.section import TransferSection
from tests.contract.test_rights import an_import

TICKETS = """Number;Title;State;Reporter;Opened at
7;Old canarycsv;closed;ann@old.example;2025-05-05 10:00
8;;;;
"""


@pytest.fixture
def dana(seated):
    return seated("dana")


@pytest.fixture
def section(dana, embedded) -> TransferSection:
    desktop = dataclasses.replace(dana.desktop, files=DeskFiles(embedded))
    section = TransferSection(desktop)
    dana.show(section)
    return section


def test_tickets_of_a_csv_file_are_previewed_and_imported_once(section, embedded, qtbot, tmp_path):
    file = tmp_path / "old.csv"
    file.write_text(TICKETS)
    dialog = section.open_import()
    dialog.read(file)
    qtbot.waitUntil(dialog.next_button.isEnabled)
    assert dialog.columns.mapping()["created_at"] == "Opened at"
    assert dialog.source.text() == source_of("csv", file) != "csv"
    dialog.next_button.click()
    qtbot.waitUntil(dialog.preview.isVisible)
    assert dialog.preview.first.item(0, 1).text() == "Old canarycsv"
    assert "Row 3" in dialog.preview.problems.item(0, 0).text()
    dialog.preview.copy_button.click()
    assert QApplication.clipboard().text().startswith("Row 3: It has neither a subject")
    assert not embedded.as_system().tickets.search(TicketQuery(text="canarycsv")).items
    assert dialog.next_button.text() == "Import 1 ticket"
    dialog.next_button.click()
    qtbot.waitUntil(dialog.outcome.isVisible)
    assert dialog.outcome.words.text().startswith("Imported: 1;")
    assert len(embedded.as_system().tickets.search(TicketQuery(text="canarycsv")).items) == 1
    dialog.reject()


def test_a_file_that_is_none_is_told_at_its_place(section, qtbot, tmp_path):
    file = tmp_path / "old.json"
    file.write_text("{")
    dialog = section.open_import()
    dialog.kind.set_key("json")
    dialog.read(file)
    dialog.next_button.click()
    qtbot.waitUntil(dialog._error.isVisible)  # noqa: SLF001 - what is seen
    assert "is no list of tickets in JSON" in dialog._error.text()  # noqa: SLF001
    dialog.reject()


def test_the_desk_and_its_tickets_are_written(section, embedded, qtbot, tmp_path: Path):
    embedded.as_system().ticket_imports.import_some(an_import())
    whole, tickets = tmp_path / "desk.zip", tmp_path / "tickets.json"
    section.export_desk(whole)
    qtbot.waitUntil(lambda: not section.saving.is_busy, timeout=60_000)
    assert "was written" in section.saving.words
    assert "manifest.json" in zipfile.ZipFile(whole).namelist()
    section.export_tickets(tickets)
    qtbot.waitUntil(lambda: not section.saving.is_busy, timeout=60_000)
    assert json.loads(tickets.read_text())[0]["ref"].startswith("HD-")


def test_at_a_server_the_desk_is_not_offered(dana):
    section = TransferSection(dana.desktop)
    dana.show(section)
    assert not section.desk_button.isVisible()
    dialog = section.open_import()
    assert dialog.kind.count() == 2
    dialog.reject()
