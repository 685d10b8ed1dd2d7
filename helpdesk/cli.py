# SPDX-License-Identifier: GPL-3.0-or-later
"""The ``helpdesk`` command: reads the command line, then loads only what it asks for.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 found damage, 130 stopped by Ctrl+C.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from helpdesk import __version__
from helpdesk.commands.place import Place
from helpdesk.commands.terminal import close_quietly, complain
from helpdesk.core.errors import Damaged, DeskError
from helpdesk.core.paths import DataFolder

if TYPE_CHECKING:
    from helpdesk.services.import_columns import Mapping

DONE, FAILED, DAMAGE, STOPPED = 0, 1, 3, 130

_LARGEST_PORT = 65_535
_MOST_WORKERS = 64
_SUGGESTED = ("category", "priority", "assignee")
_REPORTS = (
    "summary", "technicians", "sla", "satisfaction", "categories", "ageing", "knowledge",
)  # fmt: skip
_PERIODS = (
    "today", "last_7_days", "last_30_days", "last_90_days", "last_365_days", "this_month",
    "last_month",
)  # fmt: skip
_PRIORITIES = ("low", "medium", "high", "urgent")
_ROLES = ("user", "technician", "manager", "admin")
_MAPPING = (
    "take a field from this column; 'field={column}: {other}' joins columns and 'field==value'"
    " is the same in every row (repeat for each field)"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code; wrong usage exits with 2 by itself."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.server is not None and options.command is not None:
        parser.error("--server opens the window of a desk elsewhere and takes no command")
    place = Place(DataFolder.locate(options.data_dir), options.config)
    try:
        return _action(options)(place, options)
    except Damaged as error:
        complain(str(error))
        return DAMAGE
    except DeskError as error:
        complain(str(error))
        return FAILED
    except KeyboardInterrupt:
        complain("Stopped.")
        return STOPPED
    except BrokenPipeError:
        close_quietly()
        return FAILED
    except OSError as error:
        complain(f"{error.filename or 'A file'} cannot be used: {error.strerror or error}.")
        return FAILED


def _action(options: argparse.Namespace) -> Callable[[Place, argparse.Namespace], int]:
    if options.command is None:
        return _open_window
    module, _, function = options.action.partition(":")
    action: Callable[[Place, argparse.Namespace], int]
    action = getattr(import_module(f"helpdesk.commands.{module}"), function)
    return action


def _open_window(place: Place, options: argparse.Namespace) -> int:
    from helpdesk.app import main as open_window

    return open_window(place.folder, place.settings_file, [], server=options.server)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="helpdesk",
        description="An IT help desk. Without a command it opens the window.",
        epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 3 found damage.",
    )
    parser.add_argument("--version", action="version", version=f"Help Desk {__version__}")
    parser.add_argument(
        "--server", metavar="URL", help="open the desk of this server, such as https://desk.example"
    )
    _add_place(parser, default=None)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_init_db(commands)
    _add_keeping(commands)
    _add_import(commands)
    _add_export(commands)
    _add_report(commands)
    _add_user(commands)
    _add_triage(commands)
    _add_server(commands)
    _add_assistant(commands)
    return parser


def _add_place(parser: argparse.ArgumentParser, default: str | None) -> None:
    parser.add_argument(
        "--data-dir", type=Path, metavar="DIR", default=default, help="the folder of the desk"
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", default=default, help="use these settings instead"
    )


_Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse gives the type no public name


def _command(
    commands: _Commands[argparse.ArgumentParser], name: str, action: str, about: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
    # Suppressed, so that a place named before the command is not forgotten again.
    _add_place(parser, default=argparse.SUPPRESS)
    parser.set_defaults(action=action)
    return parser


def _add_init_db(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "init-db", "init_db:run", "make a desk with one admin")
    parser.add_argument(
        "--demo", action="store_true", help="with demo people, tickets and articles"
    )
    parser.add_argument(
        "--tickets", type=_count, metavar="N", help="as many demo tickets (default: 1,500)"
    )
    parser.add_argument(
        "--if-missing", action="store_true", help="do nothing where there is a desk already"
    )
    parser.add_argument(
        "--seed", type=int, default=1042, metavar="N", help="draw other demo tickets"
    )


def _add_keeping(commands: _Commands[argparse.ArgumentParser]) -> None:
    check = _command(commands, "check-db", "keeping:check", "look for damage in the database")
    check.add_argument(
        "--repair", action="store_true", help="rebuild the search index and the counters"
    )
    check.add_argument(
        "--audit-head",
        metavar="NUMBER:DIGEST",
        help="an end of the audit log as an earlier check printed it, which must still be there",
    )
    backup = _command(commands, "backup", "keeping:backup", "copy the desk while it is in use")
    backup.add_argument("file", type=Path, metavar="FILE", help="where the copy shall lie")
    restore = _command(commands, "restore", "keeping:restore", "go back to a copy of the desk")
    restore.add_argument("file", type=Path, metavar="FILE", help="the copy")
    restore.add_argument("--yes", action="store_true", help="do not ask")
    _command(
        commands, "upgrade-db", "keeping:upgrade", "bring an older desk up to date after a backup"
    )


def _add_import(commands: _Commands[argparse.ArgumentParser]) -> None:
    importing = commands.add_parser("import", help="bring data in from files")
    kinds = importing.add_subparsers(dest="kind", metavar="KIND", required=True)
    parser = _command(
        kinds, "tickets", "imports:tickets", "import tickets from CSV, JSON or another help desk"
    )
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="a CSV file with a header row, or as --from says"
    )
    parser.add_argument(
        "--from",
        dest="system",
        choices=("csv", "json", "osticket", "zammad", "freescout"),
        default="",
        metavar="SYSTEM",
        help="csv, json, osticket, zammad or freescout: each ticket once, however often it is"
        " imported (default: a CSV file, all of it or nothing)",
    )
    parser.add_argument(
        "--source",
        metavar="NAME",
        help="what tells the other system from others of its kind (default: as --from)",
    )
    parser.add_argument(
        "--known-people-only",
        action="store_true",
        help="with --from: refuse tickets of people without an account, instead of making"
        " deactivated ones",
    )
    parser.add_argument(
        "--zone",
        metavar="ZONE",
        help="with --from another help desk: where its times without an offset are from, such as"
        " Europe/Berlin (default: UTC)",
    )
    parser.add_argument(
        "--problems", type=Path, metavar="FILE", help="with --from: write problems into a CSV file"
    )
    parser.add_argument(
        "--map",
        action="append",
        type=_mapping,
        default=[],
        metavar="FIELD=COLUMN",
        help=_MAPPING,
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="only say what would happen; nothing is changed"
    )
    parser.add_argument("--skip-bad", action="store_true", help="import the other rows")
    parser.add_argument("--again", action="store_true", help="import the same file once more")
    parser.add_argument("--encoding", metavar="NAME", help="such as cp1252 (default: UTF-8)")
    parser.add_argument(
        "--delimiter", type=_delimiter, metavar="C", help="what separates columns (default: found)"
    )
    _add_import_users(kinds)
    desk = _command(kinds, "desk", "imports:desk", "make a new desk of one that was exported")
    desk.add_argument("file", type=Path, metavar="FILE.zip", help="what export desk has written")
    articles = _command(
        kinds, "articles", "imports:articles", "import articles from a folder of Markdown files"
    )
    articles.add_argument("folder", type=Path, metavar="FOLDER", help="a folder of .md files")
    articles.add_argument(
        "--dry-run", action="store_true", help="only say what would happen; nothing is changed"
    )
    articles.add_argument(
        "--again",
        action="store_true",
        help="also add what the desk has already (the same title, language and category)",
    )


def _add_import_users(kinds: _Commands[argparse.ArgumentParser]) -> None:
    parser = _command(kinds, "users", "users:bring_in", "add or change accounts by a CSV file")
    parser.add_argument("file", type=Path, metavar="FILE", help="a CSV file with a header row")
    parser.add_argument(
        "--map",
        action="append",
        type=_people_mapping,
        default=[],
        metavar="FIELD=COLUMN",
        help="which column is username, full_name, email, role or teams (default: guessed);"
        " FIELD='{Column} {Other}' puts columns together",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="only say what would happen; nothing is changed"
    )
    parser.add_argument(
        "--update", action="store_true", help="also change accounts that are there already"
    )
    parser.add_argument("--admins", action="store_true", help="let the file make admins")
    parser.add_argument("--skip-bad", action="store_true", help="import the other lines")
    parser.add_argument(
        "--passwords",
        type=Path,
        metavar="FILE",
        help="write the one-time passwords into this CSV file (default: print them)",
    )
    parser.add_argument("--encoding", metavar="NAME", help="such as cp1252 (default: found)")
    parser.add_argument(
        "--delimiter", type=_delimiter, metavar="C", help="what separates columns (default: found)"
    )


def _people_mapping(text: str) -> tuple[str, str]:
    from helpdesk.services.user_import_file import parsed_mapping

    try:
        return parsed_mapping(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _add_export(commands: _Commands[argparse.ArgumentParser]) -> None:
    exporting = commands.add_parser("export", help="write data into files")
    kinds = exporting.add_subparsers(dest="kind", metavar="KIND", required=True)
    articles = _command(
        kinds, "articles", "exports:articles", "export articles as a folder of Markdown files"
    )
    articles.add_argument(
        "folder",
        type=Path,
        metavar="FOLDER",
        help="a folder that is empty or not there yet; nothing is ever written over",
    )
    desk = _command(kinds, "desk", "exports:desk", "export all of the desk into one zip file")
    desk.add_argument("file", type=Path, metavar="FILE.zip", help="the file, not there as yet")
    desk.add_argument(
        "--with-accounts",
        action="store_true",
        help="with people's passwords, as they are kept (default: without)",
    )
    tickets = _command(kinds, "tickets", "reports:tickets", "export tickets as CSV or JSON")
    tickets.add_argument("file", type=Path, metavar="FILE", help="the file to write: .csv or .json")
    tickets.add_argument(
        "--query", default="", metavar="TEXT", help="only tickets in which this is found"
    )
    tickets.add_argument(
        "--comments", action="store_true", help="with what was said on them; JSON alone"
    )
    _add_no_bom(tickets)


def _add_no_bom(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--no-bom", action="store_true", help="CSV without the mark by which Excel knows UTF-8"
    )


def _add_report(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "report", "reports:make", "write a report as PDF or CSV")
    parser.add_argument("name", choices=_REPORTS, metavar="NAME", help=", ".join(_REPORTS))
    parser.add_argument(
        "--output", type=_report_file, required=True, metavar="FILE", help="a .pdf or .csv file"
    )
    parser.add_argument(
        "--from", dest="first", type=_day, metavar="DAY", help="(default: 30 days before the last)"
    )
    parser.add_argument("--to", dest="last", type=_day, metavar="DAY", help="(default: today)")
    parser.add_argument("--period", choices=_PERIODS, help="instead of two days")
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument("--team", metavar="NAME", help="only what is this team's")
    whose.add_argument("--technician", metavar="USERNAME", help="only what is assigned to them")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--category", metavar="NAME", help="only tickets of this category")
    which.add_argument("--priority", choices=_PRIORITIES, help="only tickets of this priority")
    _add_no_bom(parser)


def _add_user(commands: _Commands[argparse.ArgumentParser]) -> None:
    user = commands.add_parser("user", help="add, list and deactivate accounts")
    deeds = user.add_subparsers(dest="deed", metavar="DEED", required=True)
    add = _command(deeds, "add", "users:add", "add an account and print its one-time password")
    add.add_argument("username", metavar="USERNAME")
    add.add_argument("--name", required=True, metavar="FULL NAME")
    add.add_argument("--role", choices=_ROLES, default="user")
    add.add_argument("--email", metavar="ADDRESS")
    password = _command(deeds, "password", "users:password", "print a new one-time password")
    password.add_argument("username", metavar="USERNAME")
    password.add_argument(
        "--stdin", action="store_true", help="set the password read from standard input instead"
    )
    deactivate = _command(deeds, "deactivate", "users:deactivate", "end an account")
    deactivate.add_argument("username", metavar="USERNAME")
    deactivate.add_argument(
        "--tickets-to", metavar="USERNAME", help="who gets the open tickets (default: the queue)"
    )
    _command(deeds, "list", "users:show", "list the accounts")


def _add_triage(commands: _Commands[argparse.ArgumentParser]) -> None:
    triage = commands.add_parser("triage", help="learn what to suggest for tickets")
    deeds = triage.add_subparsers(dest="deed", metavar="DEED", required=True)
    _command(deeds, "learn", "triage:learn", "learn from solved tickets now")
    evaluate = _command(
        deeds, "evaluate", "triage:evaluate", "measure suggestions on tickets of a CSV file"
    )
    evaluate.add_argument("file", type=Path, metavar="FILE", help="a CSV file with a header row")
    evaluate.add_argument("--field", choices=_SUGGESTED, default=_SUGGESTED[0])
    evaluate.add_argument(
        "--map", action="append", type=_mapping, default=[], metavar="FIELD=COLUMN", help=_MAPPING
    )
    evaluate.add_argument(
        "--group",
        action="append",
        default=[],
        metavar="COLUMN",
        help="rows that agree here are all learnt, or all tried (repeat for several columns)",
    )
    evaluate.add_argument(
        "--limit",
        type=_count,
        default=2_000,
        metavar="N",
        help="try so many tickets at most; technicians are tried on all (default: %(default)s)",
    )


def _add_server(commands: _Commands[argparse.ArgumentParser]) -> None:
    serve = _command(commands, "serve", "serve:run", "serve the desk to other workstations")
    serve.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="(default: %(default)s)"
    )
    serve.add_argument(
        "--port", type=_port, default=8080, metavar="N", help="(default: %(default)s; 0: any)"
    )
    serve.add_argument(
        "--workers", type=_workers, default=1, metavar="N", help="as many processes (default: 1)"
    )
    openapi = _command(commands, "openapi", "openapi:run", "print the description of the API")
    where = openapi.add_mutually_exclusive_group()
    where.add_argument("--output", type=Path, metavar="FILE", help="write it to a file")
    where.add_argument("--check", type=Path, metavar="FILE", help="only compare a file with it")
    rights = _command(commands, "permissions", "permissions:run", "print who may do what")
    where = rights.add_mutually_exclusive_group()
    where.add_argument("--output", type=Path, metavar="FILE", help="write it to a file")
    where.add_argument("--check", type=Path, metavar="FILE", help="only compare a file with it")
    copy = _command(commands, "copy-db", "copying:run", "copy a desk between SQLite and PostgreSQL")
    copy.add_argument("source", metavar="FROM", help="a database file or URL")
    copy.add_argument("target", metavar="TO", help="a database file or URL, empty as yet")
    _command(commands, "secret-key", "secret_key:show", "make a key to encrypt secrets with")
    jobs = commands.add_parser("jobs", help="do what is due from time to time")
    deeds = jobs.add_subparsers(dest="deed", metavar="DEED", required=True)
    run = _command(deeds, "run", "jobs:run", "run what is due until stopped")
    times = run.add_mutually_exclusive_group()
    times.add_argument("--once", action="store_true", help="only what is due now")
    times.add_argument("--loop", action="store_true", help="until stopped (the default)")


def _add_assistant(commands: _Commands[argparse.ArgumentParser]) -> None:
    assistant = commands.add_parser("assistant", help="measure the assistant")
    deeds = assistant.add_subparsers(dest="deed", metavar="DEED", required=True)
    parser = _command(
        deeds,
        "evaluate",
        "assistant:evaluate",
        "measure suggestions on labelled tickets and attacks, on a demo desk of its own",
    )
    parser.add_argument(
        "--endpoint", metavar="URL", help="the model's address (default: the history alone)"
    )
    parser.add_argument("--model", metavar="NAME", help="the name of the model there")
    parser.add_argument(
        "--key-from-environment",
        action="store_true",
        help="send MISTRAL_API_KEY to the endpoint (default: the key the keyring has for it)",
    )
    parser.add_argument(
        "--file", type=Path, metavar="FILE", help="other labelled tickets, as lines of JSON"
    )
    parser.add_argument("--limit", type=_positive, metavar="N", help="ask for so many tickets only")
    parser.add_argument(
        "--tickets",
        type=_count,
        default=1500,
        metavar="N",
        help="learn from so many demo tickets (default: %(default)s)",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="keep the report, and compare with the last one"
    )
    for name, least in (("valid", 0.95), ("category", 0.0), ("priority", 0.0), ("citations", 0.0)):
        parser.add_argument(
            f"--least-{name}",
            type=_share,
            default=least,
            metavar="SHARE",
            help="fail below it (default: %(default)s)",
        )


def _mapping(text: str) -> Mapping:
    from helpdesk.services.import_columns import Mapping

    try:
        return Mapping.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("must be a day such as 2026-12-24") from error


def _report_file(text: str) -> Path:
    if Path(text).suffix.lower() not in (".pdf", ".csv"):
        raise argparse.ArgumentTypeError("must end in .pdf or .csv")
    return Path(text)


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


def _positive(text: str) -> int:
    number = _count(text)
    if number == 0:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError("must be from 0 to 1")
    return share


def _port(text: str) -> int:
    number = _count(text)
    if number > _LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"must be at most {_LARGEST_PORT}")
    return number


def _workers(text: str) -> int:
    number = _count(text)
    if not 1 <= number <= _MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"must be from 1 to {_MOST_WORKERS}")
    return number


def _delimiter(text: str) -> str:
    character = {"tab": "\t", "\\t": "\t"}.get(text.lower(), text)
    if len(character) != 1 or character in '"\r\n':
        raise argparse.ArgumentTypeError("must be one character, or 'tab'")
    return character
