# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk import articles`` and ``export articles``: what is printed, and the exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpdesk.core.paths import DataFolder
from tests.unit.cli.conftest import Run


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    files = {
        "Network/one.md": "---\ntitle: One\nauthor: bob\n---\n[two](VPN/two.md)\n",
        "Network/one.draft.md": "---\ntitle: One, better\ndraft_of: one.md\n---\n",
        "Network/VPN/two.md": "---\ntitle: Two\nvisibility: technicians\ndraft: true\n---\n",
    }
    for name, text in files.items():
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "in"


def test_a_folder_goes_in_and_out(run: Run, articles, tmp_path):
    outcome = run("import", "articles", articles)
    assert outcome == (0, "2 articles are imported.\n", "")
    outcome = run("export", "articles", tmp_path / "out")
    assert outcome.code == 0
    assert (
        outcome.out == f"Exported to {tmp_path / 'out'}: 2 articles, 1 newer draft, 0 pictures.\n"
    )
    text = (tmp_path / "out" / "Network" / "one.md").read_text()
    assert text.endswith("---\n[two](VPN/two.md)\n")


def test_a_dry_run_tells_what_would_happen(run: Run, folder: DataFolder, articles):
    before = folder.database.read_bytes()
    outcome = run("import", "articles", articles, "--dry-run")
    assert outcome.code == 0
    assert outcome.lines == [
        "2 articles of 3 files would be imported:",
        "  1 Draft",
        "  1 Published",
        "  1 for technicians only",
        "  1 with a newer draft",
        "New categories: Network, Network / VPN",
    ]
    assert folder.database.read_bytes() == before


def test_bad_files_are_told_and_nothing_is_imported(run: Run, articles, tmp_path):
    (articles / "Network" / "one.md").write_text("---\ntitle: One\nstate: public\nx: 1\n---\n")
    (articles / "three.md").write_text("---\ntitle: Three\nweight: 3\n---\n")
    for option in ([], ["--dry-run"]):
        outcome = run("import", "articles", articles, *option)
        assert outcome.code == 1
        assert outcome.err.splitlines() == [
            "Network/one.md, line 3, state: 'public' is none of 'draft', 'review', 'published',"
            " 'archived'",
            "Network/one.draft.md, draft_of: 'one.md' is no article that can be imported",
            "three.md, line 3: 'weight' is not used",
            "2 of 4 files cannot be imported, so nothing was; correct them first.",
        ]
    assert run("export", "articles", tmp_path / "out").out.endswith(
        "0 articles, 0 newer drafts, 0 pictures.\n"
    )


def test_of_many_lines_a_hundred_are_told(run: Run, tmp_path):
    for number in range(150):
        (tmp_path / f"{number:03}.md").write_text("---\ntitle: A\nweight: 1\n---\n")
    outcome = run("import", "articles", tmp_path, "--dry-run")
    assert outcome.code == 0
    assert outcome.err.splitlines()[-1] == "and 50 more remarks"


def test_the_same_folder_again_needs_again(run: Run, articles):
    run("import", "articles", articles)
    for option in ([], ["--dry-run"]):
        outcome = run("import", "articles", articles, *option)
        assert outcome.code == 0
        assert "Network/one.md: KB-2 has its title, language and category; left out" in outcome.out
        assert "Add --again to import them once more." in outcome.lines
    assert outcome.lines[0] == "0 articles of 3 files would be imported:"
    assert run("import", "articles", articles).lines[-1] == "No articles are imported."
    assert run("import", "articles", articles, "--again").out == "2 articles are imported.\n"


def test_nothing_is_written_over(run: Run, articles):
    outcome = run("export", "articles", articles)
    assert outcome.code == 1
    assert outcome.err == f"{articles} is not empty; name a new folder, or an empty one.\n"


def test_a_folder_that_is_not_there_is_told(run: Run, tmp_path):
    outcome = run("import", "articles", tmp_path / "nowhere")
    assert outcome.code == 1
    assert outcome.err == f"There is no folder at {tmp_path / 'nowhere'}; check the name.\n"


def test_a_place_without_a_desk_is_told(run_in: Run, articles, tmp_path):
    outcome = run_in(tmp_path / "empty", "export", "articles", tmp_path / "out")
    assert outcome.code == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["import", "export"])
def test_wrong_usage_has_a_code_of_its_own(run: Run, command):
    with pytest.raises(SystemExit) as caught:
        run(command, "articles")
    assert caught.value.code == 2


def test_a_damaged_desk_has_a_code_of_its_own(run: Run, folder: DataFolder, articles):
    folder.database.write_bytes(b"SQLite format 3\x00" + b"x" * 5_000)
    assert run("import", "articles", articles).code == 3
