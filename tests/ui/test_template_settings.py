# SPDX-License-Identifier: GPL-3.0-or-later
"""Admins set up templates for tickets and how large files may be."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import Qt

from helpdesk.core.schemas.base import Priority
from helpdesk.core.schemas.templates import TemplateSettings
from helpdesk.ui.settings.files.section import FilesSection
from helpdesk.ui.settings.templates.section import TemplatesSection
from helpdesk.ui.widgets.toast import toasts_of
from tests.conftest import SignIn
from tests.ui.seats import button, click


def test_a_template_is_written_ordered_removed_and_kept_again(
    seated: Any, qtbot: Any, sign_in: SignIn
):
    other = sign_in("dana")
    other.templates.add(TemplateSettings(name="VPN", subject="VPN:"))
    dana = seated("dana")
    section = TemplatesSection(dana.desktop)
    dana.show(section)
    section.load()
    dana.settle()
    click(qtbot, section.add_button)
    form = section.template_form
    qtbot.keyClicks(form.name, "Laptop")
    qtbot.keyClicks(form.text, "{{ ticket.number }}")
    click(qtbot, section.save_bar.save_button)
    assert "before there is a ticket" in form.rows()["template_text"].error
    form.text.setPlainText("For {{ ticket.requester.name }}:")
    assert form.preview.toPlainText() == "For Alice Moreau:"
    form.priority.set_key(Priority.LOW)
    click(qtbot, section.save_bar.save_button)
    dana.settle()
    assert [each.name for each in other.templates.all()] == ["VPN", "Laptop"]
    section.close_record()
    section.list.setCurrentRow(1)
    qtbot.keyClick(section.list, Qt.Key_Up, Qt.AltModifier)
    dana.settle()
    assert [each.name for each in other.templates.all()] == ["Laptop", "VPN"]
    click(qtbot, section.remove_button)
    dana.settle()
    assert [each.name for each in other.templates.all()] == ["VPN"]
    click(qtbot, button(toasts_of(section.window())[-1], "Undo"))
    dana.settle()
    assert [each.name for each in other.templates.all()] == ["VPN", "Laptop"]


def test_the_limit_is_set_with_its_default_beside_it(seated: Any, qtbot: Any, sign_in: SignIn):
    dana, other = seated("dana"), sign_in("alice")
    section = FilesSection(dana.desktop)
    dana.show(section)
    section.load()
    dana.settle()
    section.limit.setValue(3)
    click(qtbot, section.save_bar.save_button)
    dana.settle()
    assert other.attachments.limits().limit_mb == 3
    click(qtbot, section.back_button)
    assert section.limit.value() == 25
