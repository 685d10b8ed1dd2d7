from pathlib import Path
import pytest
from helpdesk.client.file_transfer import Outgoing
from helpdesk.core.errors import Invalid, Unreachable
from helpdesk.core.schemas.tickets import NewComment, NewTicket
from helpdesk.ui import theme
from helpdesk.ui.submit_ticket_tab import SubmitTicketTab
from helpdesk.ui.tickets.ticket_pane import TicketPane
OUT = Path("/tmp/files-pictures"); OUT.mkdir(exist_ok=True)

@pytest.mark.parametrize("size", [(1240, 860), (824, 660)])
def test_pictures(qtbot, seated, sign_in, size, tmp_path):
    a, b = sign_in("alice"), sign_in("bob")
    def f(d, n, k=3000): return Outgoing(n, b"x" * k).send(d).key
    t = a.tickets.open(NewTicket(subject="The printer on the third floor is jammed", description="It happened after the new toner came.\nSee the pictures.", attachment_keys=(f(a, "photo of the printer.jpg", 1800000), f(a, "printer.log", 90000))))
    b.tickets.comment(t.id, NewComment(body="Please follow the steps of this.", attachment_keys=(f(b, "How to take out the drum of a LaserJet 4000 series printer without breaking it.pdf", 240000),)))
    b.tickets.comment(t.id, NewComment(body="Its third jam this month.", internal=True, attachment_keys=(f(b, "history.csv", 12000),)))
    a.tickets.comment(t.id, NewComment(body="", attachment_keys=(f(a, "after.png", 340000),)))
    seat = seated("bob")
    pane = TicketPane(seat.desktop, working=True)
    seat.show(pane, *size)
    pane.open(t.id); qtbot.waitUntil(lambda: pane.ticket is not None); seat.settle()
    big = tmp_path / "big trace.log"; big.write_bytes(b"y" * 5_000_000)
    bad = tmp_path / "screen recording.mp4"; bad.write_bytes(b"y" * 27_000_000)
    ok = tmp_path / "list & more.txt"; ok.write_bytes(b"y" * 5000)
    for s, tray, name in ((seat, lambda: pane.reply_files.tray, "pane"),):
        tray().add_paths([ok, bad]); s.settle()
        qtbot.waitUntil(lambda: len(tray().keys) == 1)
    pane.reply_box.text.setPlainText("Here is what I found.")
    with seat.transport.held("put") as gate:
        tray().add_paths([big]); qtbot.wait(200)
        tray().chips[2].show_progress(2_000_000, 5_000_000)
        for mode in ("light", "dark"):
            theme.current().set_mode(mode); qtbot.wait(100)
            pane.grab().save(str(OUT / f"pane-{mode}-{size[0]}.png"))
        gate.set(); seat.settle()
    theme.current().set_mode("light")
    al = seated("alice")
    tab = SubmitTicketTab(al.desktop); al.show(tab, *size)
    tab.subject.setText("Printer is jammed again"); tab.description.setPlainText("See the log.")
    tab.tray.add_paths([ok]); al.settle(); qtbot.waitUntil(lambda: len(tab.tray.keys) == 1)
    with al.transport.failing(Unreachable("desk.example.org does not answer.")):
        tab.tray.add_paths([big]); al.settle(); tab.tray.hold(lambda: None); al.settle(); qtbot.wait(50)
        for mode in ("light", "dark"):
            theme.current().set_mode(mode); qtbot.wait(100)
            tab.grab().save(str(OUT / f"submit-{mode}-{size[0]}.png"))
    tab.tray.let_go()
    theme.current().set_mode("light")
