# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk triage`` learns at once, and measures suggestions on the tickets of a file."""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpdesk.cli import main
from helpdesk.core.paths import DataFolder
from helpdesk.database.sqlite_manager import SqliteManager
from tests.unit.services.learning_desks import SOLVED, TOPICS, fill, text_of

TICKETS = 400


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file of tickets as another program might have written it."""
    dice = random.Random(5)  # noqa: S311 - the same file in each run
    path = tmp_path / "tickets.csv"
    opened = datetime(2024, 1, 1, tzinfo=UTC)
    with path.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(("title", "text", "kind", "who", "opened", "house"))
        for number in range(TICKETS):
            topic = dice.choice(sorted(TOPICS))
            at = opened + timedelta(hours=number)
            person = "Bob" if topic in {"Network", "Printing"} else "Frank"
            row = (*text_of(topic, dice), topic, person, at.isoformat(), number // 10)
            rows.writerow(row)
    return path


def figures(out: str) -> dict[str, float]:
    lines = [line.split() for line in out.splitlines() if line.startswith("  ")]
    return {" ".join(words[:-1]): float(words[-1]) for words in lines}


def test_learning_at_once_says_what_is_suggested(
    folder: DataFolder, capsys: pytest.CaptureFixture[str]
):
    database = SqliteManager(folder.database)
    fill(database, datetime.now(UTC))
    database.dispose()
    assert main(["--data-dir", str(folder.path), "triage", "learn"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{SOLVED} tickets were learnt, {SOLVED} in all.")
    assert "Category: suggested from a confidence of" in said
    assert main(["--data-dir", str(folder.path), "triage", "learn"]) == 0
    assert capsys.readouterr().out.startswith("0 tickets were learnt")


@pytest.mark.parametrize("more", [(), ("--group", "house"), ("--map", "created_at=opened")])
def test_categories_of_a_file_are_learnt_and_tried(
    folder: DataFolder, file: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...]
):
    columns = ("--map", "subject=title", "--map", "description=text", "--map", "category=kind")
    arguments = ["--data-dir", str(folder.path), "triage", "evaluate", str(file), *columns, *more]
    assert main(arguments) == 0
    found = figures(capsys.readouterr().out)
    assert found["top-1"] > 0.9
    assert found["top-3"] >= found["top-1"]
    assert found["precision"] > 0.9
    assert found["coverage"] > 0.5
    assert found["ECE"] < 0.1


def test_technicians_are_tried_in_the_order_of_time(
    folder: DataFolder, file: Path, capsys: pytest.CaptureFixture[str]
):
    columns = ("subject=title", "category=kind", "assignee=who", "created_at=opened")
    maps = [part for column in columns for part in ("--map", column)]
    arguments = ["triage", "evaluate", str(file), "--field", "assignee", *maps]
    assert main(["--data-dir", str(folder.path), *arguments]) == 0
    said = capsys.readouterr().out
    assert f"Assignee, {TICKETS} tried" in said
    assert figures(said)["top-1"] > 0.9


def test_a_file_that_says_nothing_of_the_field_is_refused(
    folder: DataFolder, file: Path, capsys: pytest.CaptureFixture[str]
):
    arguments = ["triage", "evaluate", str(file), "--map", "subject=title"]
    assert main(["--data-dir", str(folder.path), *arguments]) == 1
    assert "fills category; name one with --map" in capsys.readouterr().err
