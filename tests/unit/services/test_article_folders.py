# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of articles: what is found in them, and names that hurt no file system."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core.errors import Invalid
from helpdesk.core.markdown_links import addresses_in
from helpdesk.services import article_folders
from helpdesk.services.article_folders import (
    ArticleFolder,
    FileNames,
    address_from,
    folder_name,
    natural,
    slug,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a/b/one.md", "a/two.MD", "a/pictures/x y.png", ".git/three.md", "a/.four.md"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "secret.md").write_text("secret")
    (tmp_path / "secret.png").write_text("secret")
    return tmp_path / "in"


def test_articles_are_found_and_hidden_files_are_not(folder: Path):
    assert ArticleFolder(folder).articles == ["a/b/one.md", "a/two.MD"]


@pytest.mark.parametrize(
    ("href", "file"),
    [
        ("../two.MD", "a/two.MD"),
        ("../two.MD#part", "a/two.MD"),
        ("one.md", "a/b/one.md"),
        ("./../../a/b/../b/one.md", "a/b/one.md"),
        ("../pictures/x%20y.png", "a/pictures/x y.png"),
        ("../../../secret.md", None),
        ("../../../secret.png", None),
        ("..%2F..%2F..%2Fsecret.md", None),
        ("..\\two.MD", None),
        ("../../.git/three.md", None),
        ("one.md%00", None),
        ("KB-1", None),
        ("%ff.md", None),
    ],
)
def test_addresses_lead_to_files_of_the_folder_alone(folder: Path, href, file):
    target = ArticleFolder(folder).target("a/b/one.md", href)
    assert target is not None
    assert target.file == file


@pytest.mark.parametrize(
    "href", ["", "#part", "/etc/passwd", "//host/a.md", "https://x/a.md", "file:a.md", "C:a.md"]
)
def test_what_is_not_relative_leads_to_no_file(folder: Path, href):
    assert ArticleFolder(folder).target("a/b/one.md", href) is None


def test_links_out_of_the_folder_are_not_followed(folder: Path):
    (folder / "link.md").symlink_to(folder.parent / "secret.md")
    (folder / "link.png").symlink_to(folder.parent / "secret.png")
    (folder / "up").symlink_to(folder.parent)
    found = ArticleFolder(folder)
    assert found.articles == ["a/b/one.md", "a/two.MD"]
    assert sorted(name for name, _ in found.refused) == ["link.md", "link.png", "up"]
    target = found.target("a/b/one.md", "../../link.png")
    assert target is not None
    assert target.file is None


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="Windows has no such flag")
def test_a_file_that_becomes_a_link_is_not_read(folder: Path):
    found = ArticleFolder(folder)
    (folder / "a" / "b" / "one.md").unlink()
    (folder / "a" / "b" / "one.md").symlink_to(folder.parent / "secret.md")
    with pytest.raises(OSError, match="symbolic links"):
        found.read("a/b/one.md")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_what_is_neither_file_nor_folder_is_refused(folder: Path):
    os.mkfifo(folder / "pipe.md")
    assert ArticleFolder(folder).refused == [("pipe.md", "no file and no folder; take it away")]


@pytest.mark.parametrize("order", [1, -1])
def test_two_spellings_of_a_name_are_not_one_file(folder: Path, order, monkeypatch):
    names = ["cafe\u0301.md", "caf\u00e9.md"]
    for name in names:
        (folder / name).write_text(name)
    if len([path for path in folder.iterdir() if path.name in names]) < 2:
        pytest.skip("this file system takes both for the same name")
    scan = os.scandir

    @contextmanager
    def in_order(path):
        with scan(path) as entries:
            yield sorted(entries, key=lambda entry: entry.name)[::order]

    monkeypatch.setattr(os, "scandir", in_order)
    found = ArticleFolder(folder)
    assert found.articles == ["a/b/one.md", "a/two.MD", "cafe\u0301.md"]
    assert found.refused == [
        (
            "caf\u00e9.md",
            r"'caf\xe9.md' and 'cafe\u0301.md' are one name in two spellings of Unicode;"
            " rename one of them",
        )
    ]


def test_too_much_or_nothing_is_refused(folder: Path, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    for name in ("empty", "nowhere", "secret.md"):
        with pytest.raises(Invalid, match=r"no files that end in \.md|There is no folder at"):
            ArticleFolder(tmp_path / name)
    monkeypatch.setattr(article_folders, "MOST_FILES", 2)
    with pytest.raises(Invalid, match="more than 2 files"):
        ArticleFolder(folder)


def test_numbers_in_names_count_as_numbers():
    names = ["a-10.md", "a.md", "b.md", "a-2.md", "a-2-2.md"]
    assert sorted(names, key=natural) == ["a.md", "a-2.md", "a-2-2.md", "a-10.md", "b.md"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Connect to the VPN (home)", "connect-to-the-vpn-home"),
        ("Größe & Straße", "grosse-strasse"),
        ("../../etc/passwd", "etc-passwd"),
        ("---", "article"),
        ("🙂", "article"),
        ("מדריך", "article"),
        ("CON", "con-article"),
        ("lpt1", "lpt1-article"),
        ("x" * 250, "x" * 60),
        ("a." + "b" * 57 + " c", "a-" + "b" * 57),
    ],
)
def test_a_title_makes_a_plain_name(title, name):
    assert slug(title) == name


@pytest.mark.parametrize(
    ("category", "name"),
    [
        ("Email and Calendar", "Email and Calendar"),
        ("Größe", "Größe"),
        ("Gro\u0308ße", "Größe"),
        ("a/b\\c:d", "a-b-c-d"),
        ("..", "category"),
        (". x. .", "x"),
        ("nul.md", "nul.md-category"),
        ("\u202egnp", "-gnp"),
        ("🙂" * 80, "🙂" * 50),
    ],
)
def test_a_category_keeps_its_name_where_that_is_safe(category, name):
    assert folder_name(category) == name


def test_no_two_files_have_the_same_name():
    names = FileNames()
    paths = [(), ("images",), ("A:",), ("A?",), ("A?", "b"), ("x.md",), ("y.draft.md",)]
    folders = names.folders(reversed(paths))
    assert [folders[path] for path in paths] == [
        "", "images-2", "A-", "A--2", "A--2/b", "x.md", "y.draft.md",
    ]  # fmt: skip
    files = [names.file("", name) for name in ("x", "x", "x-2", "y", "images")]
    assert files == ["x-2.md", "x-3.md", "x-2-2.md", "y-2.md", "images.md"]


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=90)


@given(titles=st.lists(NAMES, max_size=6), category=st.lists(NAMES, max_size=3).map(tuple))
def test_names_stay_in_the_folder_and_addresses_in_the_text(titles, category):
    names = FileNames()
    folder = names.folders([category])[category]
    files = [names.file(folder, slug(title)) for title in titles]
    assert len({file.casefold() for file in files}) == len(files)
    for file in files:
        parts = file.split("/")
        assert len(parts) == len(category) + 1
        assert not any(part.startswith(".") or part.endswith((".", " ")) for part in parts)
        assert not any(letter in '<>:"\\|?*\x00' for letter in file)
        address = address_from(files[0], file)
        assert "_" not in address
        text = f"| [a]({address}) |\n|-|\n"
        assert [text[each.start : each.end] for each in addresses_in(text)] == [address]
