# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of the desktop's own service open what they tell of, and go once it was read.

The service is played here, over a real bus that the test starts for itself.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtCore import Q_CLASSINFO, QEvent, QObject, QVariant, pyqtSlot
from PyQt5.QtDBus import QDBusConnection, QDBusMessage
from PyQt5.QtWidgets import QApplication, QSystemTrayIcon

from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.ui.main_window import MainWindow
from helpdesk.ui.notifications.system_messages import PATH, SERVICE, SystemMessages
from helpdesk.ui.notifications.tray import Tray
from tests.ui.notifications_twin import TwinNotifications
from tests.ui.seats import shown

DAEMON = shutil.which("dbus-daemon")
with_a_bus = pytest.mark.skipif(DAEMON is None, reason="no dbus-daemon on this machine")


class PlayedService(QObject):
    """Notes what it is to show, as the services of desktops are asked to."""

    Q_CLASSINFO("D-Bus Interface", SERVICE)

    def __init__(self, bus: QDBusConnection) -> None:
        super().__init__()
        self.bus = bus
        self.can = ["actions", "body", "body-markup"]
        self.shown: list[tuple[str, str, int, list[str], int]] = []
        self.replaced: list[int] = []
        self.taken: list[int] = []
        self.failures = 0
        """How many messages are refused before one is shown."""

    @pyqtSlot(result="QStringList")
    def GetCapabilities(self) -> list[str]:  # noqa: N802 - the service's name
        return self.can

    @pyqtSlot(QDBusMessage)
    def CloseNotification(self, request: QDBusMessage) -> None:  # noqa: N802 - the service's name
        self.taken.append(request.arguments()[0])

    @pyqtSlot(QDBusMessage)
    def Notify(self, request: QDBusMessage) -> None:  # noqa: N802 - the service's name
        request.setDelayedReply(True)
        assert request.signature() == "susssasa{sv}i"
        if self.failures:
            self.failures -= 1
            refusal = request.createErrorReply("org.freedesktop.DBus.Error.Failed", "Not now.")
            self.bus.send(refusal)
            return
        _, replaced, _, title, text, actions, hints, lasts = request.arguments()
        self.shown.append((title, text, ord(hints["urgency"]), actions, lasts))
        self.replaced.append(replaced)
        number = QVariant(replaced or len(self.shown))
        number.convert(QVariant.UInt)
        self.bus.send(request.createReply(number))

    def click(self, number: int) -> None:
        """Be clicked as the message with this number."""
        signal = QDBusMessage.createSignal(PATH, SERVICE, "ActionInvoked")
        wire = QVariant(number)
        wire.convert(QVariant.UInt)
        signal.setArguments([wire, "default"])
        self.bus.send(signal)


CONFIGURATION = """<busconfig>
  <type>session</type>
  <listen>unix:dir={folder}</listen>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>"""
"""Unlike the session's own, such a bus starts no service of this machine."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    assert DAEMON is not None
    # The address of a socket may have 108 characters only.
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bus.conf"
        file.write_text(CONFIGURATION.format(folder=folder))
        yield from running(DAEMON, file)


def running(daemon: str, configuration: Path) -> Iterator[str]:
    command = [daemon, f"--config-file={configuration}", "--nofork", "--print-address=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as bus:
        assert bus.stdout is not None
        yield bus.stdout.readline().strip()
        bus.terminate()


@pytest.fixture
def bus(address) -> Iterator[QDBusConnection]:
    yield QDBusConnection.connectToBus(address, "the program")
    QDBusConnection.disconnectFromBus("the program")


@pytest.fixture
def service(address, qapp) -> Iterator[PlayedService]:
    bus = QDBusConnection.connectToBus(address, "the desktop")
    played = PlayedService(bus)
    assert bus.registerObject(PATH, played, QDBusConnection.ExportAllSlots)
    assert bus.registerService(SERVICE)
    yield played
    bus.unregisterService(SERVICE)
    QDBusConnection.disconnectFromBus("the desktop")


@pytest.fixture
def twin(clock) -> TwinNotifications:
    return TwinNotifications(clock.now)


@pytest.fixture
def window(seated, twin, bus, monkeypatch) -> MainWindow:
    """Return bob's window, at which nobody looks."""
    seat = seated("bob")
    monkeypatch.setattr(seat.desktop.desk, "notifications", twin)
    window = MainWindow(seat.desktop)
    seat.show(window, 1400, 900)
    window.seat = seat  # type: ignore[attr-defined]
    window.notifications.use_messages(SystemMessages(bus, window))
    window.showMinimized()
    return window


def tell(window: MainWindow) -> None:
    seat: Any = window.seat  # type: ignore[attr-defined]
    seat.feed.changed.emit("notification", (seat.session.user.id,))
    seat.settle()


@with_a_bus
def test_a_click_opens_what_the_one_message_is_about(window, twin, service, sign_in, qtbot):
    ticket = sign_in("alice").tickets.open(NewTicket(subject="No tone"))
    twin.add("Assigned", why="a & b")
    tell(window)
    twin.add("Overdue", urgent=True, ticket_id=ticket.id, why="<img src='x'>")
    tell(window)
    twin.add("Answered")
    tell(window)
    qtbot.waitUntil(lambda: bool(service.shown) and "2 more" in service.shown[-1][1])
    # No words of people are markup, and what is urgent stays until it is seen.
    assert service.shown[0] == ("Assigned", "a &amp; b", 1, ["default", "Open"], -1)
    escaped = "&lt;img src='x'&gt;\n2 more"
    assert service.shown[-1] == ("Overdue", escaped, 2, ["default", "Open"], 0)
    assert service.replaced == [0] + [1] * (len(service.shown) - 1), "all by one message"

    service.click(1)
    qtbot.waitUntil(lambda: service.taken == [1])
    window.seat.settle()
    assert not window.isMinimized()
    assert shown(window.current_tab().pane).id == ticket.id
    assert [each.title for each in twin.items if each.read] == ["Overdue"]


@with_a_bus
def test_who_looks_reads_elsewhere_or_leaves_takes_the_message_away(window, twin, service, qtbot):
    service.can = ["body"]

    def told(title: str) -> None:
        """Tell of something, and wait until it stands there."""
        twin.add(title, why="a < b")
        tell(window)
        # A service that knows neither actions nor markup is sent none.
        qtbot.waitUntil(lambda: service.shown[-1:] == [(title, "a < b", 1, [], -1)])
        window.seat.settle()

    told("First")
    window.notifications.inbox.mark([twin.items[0]])
    qtbot.waitUntil(lambda: service.taken == [1])
    told("Second")
    QApplication.sendEvent(window, QEvent(QEvent.WindowActivate))
    qtbot.waitUntil(lambda: service.taken == [1, 2])
    told("Third")
    window.notifications.stop()
    qtbot.waitUntil(lambda: service.taken == [1, 2, 3])


@with_a_bus
def test_what_comes_while_the_service_fails_is_told_after_it(bus, service, twin, qapp, qtbot):
    messages = SystemMessages(bus, qapp)
    unsaid: list[str] = []
    messages.unsaid.connect(lambda message: unsaid.append(message.title))
    first, second, third = (twin.add(title) for title in ("First", "Second", "Third"))
    service.failures = 1
    messages.tell([first, second])
    messages.forget(lambda each: each.id == first.id)
    messages.tell([third])
    qtbot.waitUntil(lambda: [each[0] for each in service.shown] == ["Third"])
    # What was read meanwhile is told neither way.
    assert unsaid == ["Second"]
    messages.close()


class HeardTray(QSystemTrayIcon):
    """Notes the messages in place of a system that shows them."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def show(self) -> None:
        """Stay unseen: this platform has no place for it."""

    def showMessage(self, title: str, *_rest: Any) -> None:  # noqa: N802 - Qt's name
        self.messages.append(title)


@with_a_bus
def test_without_a_service_the_icon_beside_the_clock_tells(window, twin, qtbot):
    icon = HeardTray()
    window.notifications.use_tray(Tray(icon, window, submits=True))
    twin.add("Assigned")
    tell(window)
    qtbot.waitUntil(lambda: icon.messages == ["Assigned"])


def test_windows_bring_no_further_module_of_qt():
    """They are imported on a thread, where the first look of a module of Qt crashes the program."""
    script = (
        "import sys, helpdesk.ui.main_window, helpdesk.ui.settings_tab\n"
        "print(*sorted(n for n in sys.modules if n.startswith('PyQt5.Qt')))"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == ["PyQt5.QtCore", "PyQt5.QtGui", "PyQt5.QtWidgets"]
