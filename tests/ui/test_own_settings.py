# SPDX-License-Identifier: GPL-3.0-or-later
"""Everybody looks after their profile and how the window looks, and reads what was done."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtCore import QLocale, QMimeData, QPointF, Qt, QUrl
from PyQt5.QtGui import QColor, QDropEvent, QImage
from PyQt5.QtWidgets import QApplication, QFileDialog

from helpdesk.core.errors import Busy, Invalid
from helpdesk.core.schemas.accounts import LARGEST_PICTURE, Density, ProfileChange, Theme
from helpdesk.core.schemas.security import SecurityChange
from helpdesk.core.schemas.users import AccountOrigin
from helpdesk.models import User
from helpdesk.ui import own_look, theme
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.pictures import kept_picture, picture_of_file
from helpdesk.ui.settings.activity.section import ActivitySection
from helpdesk.ui.settings.appearance.section import AppearanceSection
from helpdesk.ui.settings.profile.email_dialog import EmailDialog
from helpdesk.ui.settings.profile.section import ProfileSection
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings_tab import SettingsTab
from helpdesk.ui.tickets.row_delegate import ROW_HEIGHT
from tests.conftest import PASSWORD
from tests.ui.seats import LONGEST_MS, Seat, click


@pytest.fixture
def seat(seated) -> Seat:
    bob: Seat = seated("bob")
    return bob


@pytest.fixture(autouse=True)
def _comfortable_again(look):
    yield
    look.set_density("comfortable")
    QLocale.setDefault(QLocale.c())


def opened(seat: Seat, key: str) -> Section:
    tab = SettingsTab(seat.desktop)
    tab.open_section(key)
    seat.show(tab)
    return tab.section


def profile(seat: Seat) -> ProfileSection:
    section = opened(seat, "profile")
    assert isinstance(section, ProfileSection)
    return section


def sections_of(tab: SettingsTab) -> list[str]:
    """Return what the list of sections says, from the top."""
    return [str(tab.list.model().index(row, 0).data()) for row in range(tab.list.count())]


def a_picture(width: int = 40, height: int = 30, colour: str = "#336699") -> QImage:
    picture = QImage(width, height, QImage.Format_RGB32)
    picture.fill(QColor(colour))
    return picture


def kept(sign_in, who: str) -> bytes:
    desk = sign_in(who)
    own = desk.sessions.current().user.id
    return base64.b64decode(desk.profiles.picture(own).data)


# --- pictures -----------------------------------------------------------------------------------


def test_a_picture_becomes_a_small_square_whatever_it_was(tmp_path: Path):
    file = tmp_path / "wide.jpg"
    assert a_picture(900, 300).save(str(file), "JPEG")
    made = QImage.fromData(base64.b64decode(picture_of_file(file)), "PNG")
    assert (made.width(), made.height()) == (256, 256)
    assert QImage.fromData(base64.b64decode(kept_picture(a_picture(9, 7)))).width() == 7
    noisy = QImage(256, 256, QImage.Format_ARGB32)
    for x in range(256):
        for y in range(256):
            noisy.setPixel(x, y, hash((x, y, "noise")) & 0xFFFFFFFF)
    assert len(base64.b64decode(kept_picture(noisy))) <= LARGEST_PICTURE


def test_what_is_no_picture_or_too_large_is_refused_undecoded(tmp_path: Path, monkeypatch):
    other, missing, large = tmp_path / "a.png", tmp_path / "none.png", tmp_path / "large.png"
    other.write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    for file in (other, missing):
        with pytest.raises(Invalid, match="no PNG or JPEG"):
            picture_of_file(file)
    assert QImage(6000, 5001, QImage.Format_Mono).save(str(large), "PNG")
    with pytest.raises(Invalid, match="30 megapixels"):
        picture_of_file(large)
    monkeypatch.setattr("helpdesk.ui.pictures._LARGEST_FILE", 10)
    with pytest.raises(Invalid, match="20 MB"):
        picture_of_file(large)


def test_a_picture_is_chosen_while_the_window_goes_on(seat, qtbot, tmp_path: Path):
    section = opened(seat, "profile")
    assert isinstance(section, ProfileSection)
    file = tmp_path / "me.png"
    a_picture().save(str(file))
    click(qtbot, section.picture.choose_button)
    [dialog] = section.picture.findChildren(QFileDialog)
    assert dialog.isVisible()
    dialog.fileSelected.emit(str(file))
    dialog.reject()
    qtbot.waitUntil(section.picture.remove_button.isVisible, timeout=LONGEST_MS)


def test_a_picture_is_dropped_pasted_and_removed(seat, sign_in, qtbot, tmp_path: Path):
    section = profile(seat)
    assert not section.picture.remove_button.isVisible()
    file = tmp_path / "me.png"
    a_picture().save(str(file))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    drop = QDropEvent(QPointF(5, 5), Qt.CopyAction, data, Qt.LeftButton, Qt.NoModifier)
    section.picture.dropEvent(drop)
    qtbot.waitUntil(lambda: section.picture.avatar.has_picture, timeout=LONGEST_MS)
    first = kept(sign_in, "bob")
    assert QImage.fromData(first, "PNG").width() == 30
    QApplication.clipboard().setImage(a_picture(50, 50, "#aa3322"))
    section.picture.choose_button.setFocus()
    qtbot.keyClick(section.picture.choose_button, Qt.Key_V, Qt.ControlModifier)
    seat.settle()
    assert kept(sign_in, "bob") not in (b"", first)
    click(qtbot, section.picture.remove_button)
    seat.settle()
    qtbot.waitUntil(lambda: not section.picture.avatar.has_picture, timeout=LONGEST_MS)
    assert kept(sign_in, "bob") == b""
    assert section.picture.choose_button.hasFocus()
    QApplication.clipboard().setText("words")
    click(qtbot, section.picture.paste_button)
    assert "holds no picture" in section.picture.error


def test_the_window_shows_the_picture_where_the_person_stands(seat, qtbot, sign_in):
    from helpdesk.core.schemas.accounts import NewPicture

    window = MainWindow(seat.desktop)
    seat.show(window)
    before = window.navigation.account.grab().toImage()
    sign_in("bob").profiles.set_picture(NewPicture(data=kept_picture(a_picture())))
    qtbot.waitUntil(
        lambda: window.navigation.account.grab().toImage() != before, timeout=LONGEST_MS
    )


# --- profile ------------------------------------------------------------------------------------


def test_the_fields_are_saved_together_by_the_keyboard_alone(seat, sign_in, qtbot):
    section = profile(seat)
    assert section.save_bar.isHidden()
    section.name.setFocus()
    section.name.selectAll()
    qtbot.keyClicks(section.name, "Bob Keller-Ito")
    qtbot.keyClick(section.name, Qt.Key_Tab)
    assert section.email_button.hasFocus()
    qtbot.keyClick(section.email_button, Qt.Key_Tab)
    assert section.zone.hasFocus()
    section.zone.selectAll()
    qtbot.keyClicks(section.zone, "europe/atlantis")
    section.zone.completer().popup().hide()
    click(qtbot, section.save_bar.save_button)
    assert "no time zone of this name" in section.fields.rows["time_zone"].error
    name = section.name.text()
    section.name.clear()
    section.save_bar.save_button.click()
    assert section.fields.rows["full_name"].error == "Type your name; it is what others read."
    assert "no time zone of this name" in section.fields.rows["time_zone"].error
    section.name.setText(name)
    section.zone.selectAll()
    qtbot.keyClicks(section.zone, "europe/berlin")
    section.zone.completer().popup().hide()
    section.language.set_key("en-GB")
    click(qtbot, section.save_bar.save_button)
    seat.settle()
    own = sign_in("bob").profiles.own()
    assert (own.full_name, own.time_zone, own.language) == (
        "Bob Keller-Ito",
        "Europe/Berlin",
        "en-GB",
    )
    assert section.save_bar.isHidden()
    assert QLocale().country() == QLocale.UnitedKingdom


def test_what_is_typed_stays_when_the_desk_has_no_time(seat, qtbot):
    section = profile(seat)
    section.name.setText("B. Keller")
    with seat.transport.failing(Busy("The desk is busy; try again."), "change"):
        click(qtbot, section.save_bar.save_button)
        seat.settle()
    assert section.banner.text == "The desk is busy; try again."
    assert section.name.text() == "B. Keller"
    click(qtbot, section.save_bar.discard_button)
    assert section.name.text() == "Bob Keller"
    section.name.setText("  ")
    click(qtbot, section.save_bar.save_button)
    assert section.fields.rows["full_name"].error


def test_the_address_needs_the_password(seat, sign_in, qtbot):
    section = profile(seat)
    click(qtbot, section.email_button)
    (dialog,) = section.findChildren(EmailDialog)
    dialog.email.setText("bob@home.example")
    dialog.password.setText("wrong")
    click(qtbot, dialog.save_button)
    seat.settle()
    assert dialog.isVisible()
    dialog.password.setText(PASSWORD)
    qtbot.keyClick(dialog.password, Qt.Key_Return)
    seat.settle()
    assert sign_in("bob").profiles.own().email == "bob@home.example"


def test_of_a_directory_account_it_says_where_name_and_address_are_kept(seat, embedded):
    with embedded.database.writing() as session:
        session.get(User, seat.session.user.id).origin = AccountOrigin.LDAP
    section = profile(seat)
    assert not section.name.isEnabled()
    assert not section.email_button.isVisible()
    assert section.picture.choose_button.isEnabled()


def test_a_profile_that_cannot_be_read_can_be_tried_again(seat, qtbot):
    with seat.transport.failing(Busy("The desk is busy; try again."), "own"):
        section = profile(seat)
        assert section.states.state == "failed"
    section.load()
    seat.settle()
    assert section.states.state == "content"


# --- appearance ---------------------------------------------------------------------------------


def test_theme_and_density_count_at_once_and_the_menu_keeps_step(seat, sign_in, qtbot, look):
    window = MainWindow(seat.desktop)
    seat.show(window)
    tab: Any = window.open_tab("settings")
    tab.open_section("appearance")
    seat.settle()
    section = tab.section
    assert isinstance(section, AppearanceSection)
    tall = section.density.sizeHint().height()
    click(qtbot, section.theme.button("dark"))
    qtbot.keyClick(section.density.button("comfortable"), Qt.Key_Right)
    assert (look.mode, look.density) == ("dark", "compact")
    assert look.row(ROW_HEIGHT) < ROW_HEIGHT
    assert section.density.sizeHint().height() < tall
    seat.settle()
    own = sign_in("bob").profiles.own()
    assert (own.theme, own.density) == (Theme.DARK, Density.COMPACT)
    ticked = [a.text() for a in window._density_menu.actions() if a.isChecked()]  # noqa: SLF001
    assert ticked == ["Compact"]
    window.set_theme("light")
    window.set_density("comfortable")
    assert (section.theme.key, section.density.key) == ("light", "comfortable")
    seat.settle()
    # What was chosen last is what stays, although both were sent one after the other.
    qtbot.waitUntil(
        lambda: sign_in("bob").profiles.own().density is Density.COMFORTABLE, timeout=LONGEST_MS
    )
    assert sign_in("bob").profiles.own().theme is Theme.LIGHT


def test_what_was_chosen_elsewhere_is_taken_and_remembered_for_the_next_start(
    seat, sign_in, qtbot, look
):
    window = MainWindow(seat.desktop)
    seat.show(window)
    sign_in("bob").profiles.change(ProfileChange(theme=Theme.DARK, density=Density.COMPACT))
    qtbot.waitUntil(lambda: look.density == "compact", timeout=LONGEST_MS)
    assert look.mode == "dark"
    look.set_mode("light")
    look.set_density("comfortable")
    own_look.restore(seat.state)
    assert (look.mode, look.density) == ("dark", "compact")


def test_who_has_never_chosen_keeps_the_look_of_the_workstation(seat, sign_in, look):
    sign_in("bob").profiles.change(ProfileChange(lock_minutes=30))
    own_look.show_theme(seat.state, "dark")
    own_look.show_density(seat.state, "compact")
    window = MainWindow(seat.desktop)
    window.resize(1440, 900)
    seat.show(window)
    seat.settle()
    assert (look.mode, look.density) == ("dark", "compact")
    assert window.grab().toImage().pixelColor(700, 50).lightness() < 80
    assert seat.state.value("window/theme") == "dark"
    # 'As the system' is a choice, too.
    sign_in("bob").profiles.change(ProfileChange(theme=Theme.SYSTEM))
    window.close()
    again = MainWindow(seat.desktop)
    seat.show(again)
    seat.settle()
    assert look.mode == "system"


def test_a_window_locks_after_as_long_as_is_chosen_and_allowed(seat, sign_in, qtbot):
    section = opened(seat, "appearance")
    assert isinstance(section, AppearanceSection)
    assert section.lock.currentText() == "Never"
    section.lock.setFocus()
    qtbot.keyClick(section.lock, Qt.Key_Down)
    seat.settle()
    assert sign_in("bob").profiles.own().lock_minutes == 1
    seat.feed.start()
    sign_in("dana").security.change(SecurityChange(lock_minutes=7))
    qtbot.waitUntil(lambda: section.lock.findText("After 7 minutes") >= 0, timeout=LONGEST_MS)
    assert section.lock.findText("Never") < 0
    assert section.lock.findText("After 10 minutes") < 0


def test_a_look_that_the_desk_does_not_keep_still_counts_here(seat, qtbot, look):
    section = opened(seat, "appearance")
    assert isinstance(section, AppearanceSection)
    with seat.transport.failing(Busy("The desk is busy; try again."), "change"):
        click(qtbot, section.density.button("compact"))
        seat.settle()
    assert look.density == "compact"
    assert "has not kept it: The desk is busy" in section.banner.text


def test_no_other_density_is_known(look: theme.Theme):
    with pytest.raises(ValueError, match="cosy"):
        look.set_density("cosy")


# --- activity -----------------------------------------------------------------------------------


def test_activity_is_read_page_by_page_and_by_kind(seat, qtbot):
    desk, change = seat.desktop.desk, ProfileChange
    for number in range(60):
        seat.background.run(
            seat.parent, desk.profiles.change, change(full_name=f"Bob Keller {number}")
        )
        seat.settle()
    section = opened(seat, "activity")
    assert isinstance(section, ActivitySection)
    assert section.list_states.state == "content"
    assert section.model.rowCount() == 50
    section.model.fetchMore(section.rows.rootIndex())
    seat.settle()
    assert section.model.rowCount() >= 60
    said = section.model.index(0).data(Qt.AccessibleTextRole)
    assert said.startswith("Account changed. You")
    assert " name: Bob Keller 58 → Bob Keller 59" in said
    click(qtbot, section.filter.button("sign-in"))
    seat.settle()
    words = [
        section.model.index(row).data(Qt.AccessibleTextRole)
        for row in range(section.model.rowCount())
    ]
    assert words
    assert all(each.startswith("Signed in") for each in words)


def test_activity_has_its_failed_state(seat, qtbot):
    with seat.transport.failing(Busy("The desk is busy; try again."), "activity"):
        section = opened(seat, "activity")
        assert isinstance(section, ActivitySection)
        assert section.list_states.state == "failed"
    section.load()
    seat.settle()
    assert section.list_states.state == "content"


# --- the list of sections -----------------------------------------------------------------------


def test_sections_stand_in_groups_that_nobody_can_choose(seated, qtbot):
    tab = SettingsTab(seated("dana").desktop)
    texts = sections_of(tab)
    assert texts[:2] == ["Mine", "Profile"]
    assert {"Accounts", "Channels", "Assistant"} <= set(texts)
    heading = tab.list.item(0)
    assert heading is not None
    assert not heading.flags()
    tab.search.setText("density")
    assert sections_of(tab) == ["Appearance", "Density"]
    tab.deleteLater()
