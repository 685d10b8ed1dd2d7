# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk permissions``: what the documentation says of rights is what the code does."""

from __future__ import annotations

from pathlib import Path

from helpdesk.cli import main
from helpdesk.client.help_desk import SERVICES
from helpdesk.core.operation import operations_of
from helpdesk.core.permissions import Permission

COMMITTED = Path(__file__).parents[3] / "docs" / "permissions.md"


def test_the_committed_page_is_that_of_the_code(tmp_path: Path, capsys):
    # To mend: helpdesk permissions --output docs/permissions.md
    assert main(["--data-dir", str(tmp_path), "permissions", "--check", str(COMMITTED)]) == 0
    text = COMMITTED.read_text(encoding="utf-8")
    assert main(["--data-dir", str(tmp_path), "permissions"]) == 0
    assert capsys.readouterr().out == text
    file = tmp_path / "rights.md"
    file.write_text(text.replace("✓", "x", 1), encoding="utf-8")
    assert main(["--data-dir", str(tmp_path), "permissions", "--check", str(file)]) == 1
    assert f"helpdesk permissions --output {file}" in capsys.readouterr().err
    assert main(["--data-dir", str(tmp_path), "permissions", "--output", str(file)]) == 0
    assert file.read_text(encoding="utf-8") == text


def test_it_names_every_right_and_every_operation():
    lines = COMMITTED.read_text(encoding="utf-8").splitlines()
    heads = {line.split(" | ")[0].strip("| `*") for line in lines if line.startswith("| `")}
    operations = {name for service in SERVICES for name in operations_of(service)}
    assert heads == {right.value for right in Permission} | operations
