# SPDX-License-Identifier: GPL-3.0-or-later
"""What buttons and Enter make of Markdown, and that they take it back."""

from __future__ import annotations

import pytest

from helpdesk.core.markdown import html_of
from helpdesk.ui.articles import markdown_marks as marks


def test_marks_are_put_around_words_and_not_around_blanks():
    edit, beyond = marks.wrapped(" bold ", "**", "", "")
    assert (edit.text, beyond) == (" **bold** ", 0)
    assert edit.text[edit.start : edit.end] == "bold"


def test_marks_inside_and_around_the_choice_are_taken_off():
    assert marks.wrapped("**bold**", "**", "", "") == (marks.Edit("bold", 0, 4), 0)
    assert marks.wrapped("bold", "**", "a **", "** b") == (marks.Edit("bold", 0, 4), 2)


def test_italic_does_not_take_bold_for_its_own():
    edit, beyond = marks.wrapped("bold", "*", "**", "**")
    assert (edit.text, beyond) == ("*bold*", 0)
    edit, beyond = marks.wrapped("both", "*", "***", "***")
    assert (edit.text, beyond) == ("both", 1)


def test_headings_go_down_the_levels_and_off():
    once = marks.with_headings(["Title"])
    twice = marks.with_headings(once)
    assert (once, twice, marks.with_headings(twice)) == (["## Title"], ["### Title"], ["Title"])


@pytest.mark.parametrize(
    ("change", "made"),
    [
        (marks.with_bullets, ["- one", "", "- two"]),
        (marks.with_numbers, ["1. one", "", "2. two"]),
        (marks.quoted, ["> one", ">", "> two"]),
    ],
)
def test_lines_become_items_and_lines_again(change, made):
    lines = ["one", "", "two"]
    assert change(lines) == made
    assert change(made) == lines


def test_one_kind_of_list_becomes_the_other_and_keeps_its_depth():
    assert marks.with_numbers(["- one", "  - two"]) == ["1. one", "  2. two"]
    assert marks.with_bullets([""]) == ["- "]


@pytest.mark.parametrize(
    ("line", "lead"),
    [
        ("- one", "- "), ("  * one", "  * "), ("1. one", "2. "), ("9) one", "10) "),
        ("- [x] done", "- [ ] "), ("> said", "> "), ("- ", ""), ("3. ", ""), ("> ", ""),
        ("plain", None), ("-no item", None), ("", None), ("1.5 litres", None),
    ],
)  # fmt: skip
def test_enter_goes_on_with_lists_and_ends_them(line, lead):
    assert marks.continued(line) == lead


def test_code_is_fenced_with_more_than_it_holds():
    fenced = marks.as_code("a\n```\nb")
    assert fenced == "````\na\n```\nb\n````"
    assert marks.as_code(fenced) == "a\n```\nb"


def test_a_chosen_address_wants_words_and_chosen_words_want_an_address():
    assert marks.web_link("https://a.example/x") == marks.Edit("[](https://a.example/x)", 1, 1)
    edit = marks.web_link("here")
    assert edit.text == "[here](https://)"
    assert edit.text[edit.start : edit.end] == "https://"


@pytest.mark.parametrize("title", ["a](http://x) [b", "*bold*", "<b>x</b>", "back\\slash", "`x`"])
def test_no_sign_of_a_title_is_at_work_in_its_link(title):
    html = html_of(marks.article_link(title, "KB-12"))
    assert html.count("<a ") == 1
    assert 'href="KB-12"' in html
    assert not any(tag in html for tag in ("<b>", "<em>", "<code>"))
