# SPDX-License-Identifier: GPL-3.0-or-later
"""What settings are called and what is said of them: forms show it, the search finds by it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from helpdesk.core.permissions import Permission


class Words(NamedTuple):
    """The name of a setting, and one line of help."""

    key: str
    name: str
    help: str


class SectionWords(NamedTuple):
    """The name of a section, what it is for, who sees it, and the settings in it."""

    key: str
    title: str
    purpose: str
    permission: Permission
    settings: tuple[Words, ...] = ()

    def setting(self, key: str) -> Words:
        """Return the words of a setting."""
        return next(words for words in self.settings if words.key == key)


CONNECTION: Final = SectionWords(
    "connection",
    "Assistant: connection",
    "Suggestions come from the desk's own tickets and articles, with or without a model. A model"
    " adds answers, summaries and drafts.",
    Permission.SET_UP_ASSISTANT,
    (
        Words(
            "enabled",
            "Use a model",
            "Switched off, nothing is sent anywhere.",
        ),
        Words(
            "url",
            "Address of the endpoint",
            "Anything that speaks the OpenAI protocol: Ollama, llama.cpp, vLLM, Mistral.",
        ),
        Words(
            "model",
            "Model",
            "As the endpoint calls it; a test of the connection lists what there is.",
        ),
        Words(
            "key",
            "API key",
            "Never in the database or a file; it is sent to this address alone.",
        ),
        Words(
            "dialect",
            "Kind of endpoint",
            "Endpoints differ in what they refuse; a test of the connection tells which it is.",
        ),
        Words(
            "public_consent",
            "Tickets may leave the organisation",
            "To answer, the words of a ticket or question and passages of articles are sent to"
            " this address. E-mail addresses, phone numbers, names of people and computers,"
            " passwords and keys are always taken out first.",
        ),
        Words(
            "redact",
            "Redact what is sent",
            "Take e-mail addresses, phone numbers, names of people and computers out of what is"
            " sent inside your network too. Passwords and keys are never sent.",
        ),
        Words(
            "preview",
            "What will be sent",
            "Look at the words that triage of a ticket would send, before anything is sent.",
        ),
        Words(
            "native_system_role",
            "Model knows a system role",
            "Off, instructions go in front of the first question, which every model understands.",
        ),
        Words(
            "context_tokens",
            "Context in tokens",
            "How much the model can read at once; longer texts are cut before they are sent.",
        ),
        Words(
            "first_token_seconds",
            "Wait for the first word",
            "A server that loads its model with the first question may need 120 seconds.",
        ),
        Words(
            "at_once",
            "Questions at once",
            "More wait for their turn. One or two suit a computer without a large graphics card.",
        ),
        Words(
            "private_names",
            "This name lies in your network",
            "Only for a name of your own, such as gpu-server or llm.corp. Off, addresses such as"
            " 192.168.1.20 alone count as your network.",
        ),
    ),
)
AUTOMATIC: Final = SectionWords(
    "automatic",
    "Assistant: automatic answers",
    "A new ticket of these categories is answered at once, where the knowledge base has the"
    " answer.",
    Permission.SET_UP_ASSISTANT,
    (
        Words(
            "automatic_categories",
            "Categories with automatic answers",
            "Which new tickets get a first response from the knowledge base.",
        ),
    ),
)
FIGURES: Final = SectionWords(
    "figures",
    "Assistant: figures",
    "What the assistant was asked, how quickly it answered, and how often it was right.",
    Permission.SET_UP_ASSISTANT,
    (
        Words("calls", "Questions to the model", "How many, how quick, how many failed, tokens."),
        Words("acceptance", "Suggestions accepted", "How often people take what is suggested."),
        Words("history", "Learning from history", "What triage has learnt from solved tickets."),
    ),
)
SERVICE_LEVELS: Final = SectionWords(
    "service-levels",
    "Service levels",
    "Within what time tickets must be answered and solved. The first one that matches a ticket"
    " counts.",
    Permission.SEE_RULES,
    (
        Words("policy_name", "Name", "Shown on each ticket that it measures."),
        Words("policy_active", "In use", "Switched off, its tickets are left to the next one."),
        Words(
            "policy_whom",
            "Which tickets",
            "Of each kind that is named, one has to match; where none is named, any does.",
        ),
        Words(
            "policy_calendar",
            "Business hours",
            "Only time within these hours counts.",
        ),
        Words(
            "policy_targets",
            "Times",
            "In hours and minutes of business hours: 30 m, 4 h, 1 h 30 m. A working day, 1 d, is"
            " taken as 8 h. An empty field is not measured; a priority without any time is left"
            " to the next service level.",
        ),
    ),
)
BUSINESS_HOURS: Final = SectionWords(
    "business-hours",
    "Business hours",
    "When time counts, and on which days it does not. Service levels and teams go by these.",
    Permission.SEE_RULES,
    (
        Words("calendar_name", "Name", "As service levels and teams call it."),
        Words("calendar_zone", "Time zone", "Where these hours are worked, such as Europe/Berlin."),
        Words(
            "calendar_hours",
            "Hours of the week",
            "Such as 09:00-12:00, 13:00-17:00. 22:00-06:00 passes midnight; an empty day is off."
            " Dragging over a bar adds hours or takes them away.",
        ),
        Words(
            "calendar_country",
            "Public holidays",
            "Of a country, or of one of its regions; they are known for years to come.",
        ),
        Words("calendar_holidays", "Own holidays", "Days on which only you do not work."),
        Words(
            "calendar_feeds",
            "Subscribed holidays",
            "Addresses of iCalendar files, up to 5; their all-day entries are holidays.",
        ),
        Words("calendar_preview", "Preview", "What these settings make of the next weeks."),
    ),
)
NOTIFICATIONS: Final = SectionWords(
    "notifications",
    "Notifications",
    "What you are told of, by which way, and when you are left in peace.",
    Permission.OWN_ACCOUNT,
    (
        Words("choices", "What you are told of", "In the window, by the desktop, or by e-mail."),
        Words(
            "quiet",
            "Quiet hours",
            "Nothing pops up or sounds in these hours, and e-mail waits until they are over.",
        ),
        Words(
            "urgent_breaks_quiet",
            "Urgent ones still come through",
            "What is urgent is told in the quiet hours too.",
        ),
        Words(
            "digest_at",
            "Daily digest at",
            "One e-mail a day with everything that is set to it.",
        ),
        Words(
            "time_zone", "Time zone", "Of the quiet hours and the digest, such as Europe/Berlin."
        ),
        Words("sound", "Sound for urgent ones", "A short chime on this computer."),
        Words("email", "E-mail goes to", "The address of your account."),
    ),
)
SIGN_IN: Final = SectionWords(
    "sign-in",
    "Sign-in and security",
    "How you prove who you are, and where you are signed in.",
    Permission.OWN_ACCOUNT,
    (
        Words("password", "Password", "Change the password you sign in with."),
        Words(
            "second_factor",
            "Second factor",
            "A code of an authenticator app (2FA, TOTP) at each sign-in.",
        ),
        Words(
            "recovery_codes",
            "Recovery codes",
            "Codes that each work once, for when the app is not at hand.",
        ),
        Words("sessions", "Where you are signed in", "Your sessions; each of them can be ended."),
    ),
)
MAIL: Final = SectionWords(
    "mail",
    "Mail",
    "How the desk sends e-mail to people. What cannot be sent now waits and is tried again.",
    Permission.SET_UP_CHANNELS,
    (
        Words("enabled", "Send mail", "Switched off, nothing is sent and nothing waits."),
        Words("host", "Mail server", "Its name alone, such as mail.corp.example."),
        Words("security", "Encryption", "STARTTLS suits most servers; ask whoever runs yours."),
        Words("port", "Port", "Mostly 587 with STARTTLS, 465 with TLS, 25 without."),
        Words("username", "User name", "Empty if the server asks for none."),
        Words(
            "password",
            "Password",
            "Never in the database or a file; it belongs to this server and user name.",
        ),
        Words(
            "ca_file", "Certificate authority", "A PEM file of your company's own; mostly empty."
        ),
        Words("sender", "Sender", "The address that mail comes from."),
        Words("sender_name", "Name of the sender", "What people see in front of the address."),
        Words("test", "Test connection", "Go through the steps, and send yourself a message."),
    ),
)
CHATS: Final = SectionWords(
    "chats",
    "Chat channels",
    "Channels in a chat that rules can post to, such as when a ticket is overdue.",
    Permission.SET_UP_CHANNELS,
    (
        Words(
            "chats",
            "Chat channel",
            "In Slack, Microsoft Teams or Discord, by an incoming webhook.",
        ),
    ),
)
DELIVERIES: Final = SectionWords(
    "deliveries",
    "Deliveries",
    "What is on its way out of the desk, and what did not arrive.",
    Permission.SET_UP_CHANNELS,
    (
        Words("deliveries", "Messages that failed", "Mail and chat that could not be sent."),
        Words("retry", "Send again", "Send messages again that were parked."),
    ),
)
ESCALATION: Final = SectionWords(
    "escalation",
    "Escalation",
    "What happens by itself before a ticket is due and after it is late, each step once.",
    Permission.SEE_RULES,
    (
        Words("steps", "Escalation steps", "Tell people, raise the priority, find somebody."),
        Words("log", "Log of rules", "What rules did to which ticket, and why."),
    ),
)
AUTOMATION: Final = SectionWords(
    "automation",
    "Automation",
    "What the desk does by itself when tickets are created, changed or left lying.",
    Permission.SEE_RULES,
    (
        Words("rules", "Automation rules", "When, if, then: assign by workload or in turn, tell."),
        Words("log", "Log of rules", "What rules did to which ticket, and why."),
    ),
)
TEAMS: Final = SectionWords(
    "teams",
    "Teams",
    "Who works together. Rules give tickets to those of a team who are on duty.",
    Permission.SEE_RULES,
    (
        Words(
            "members", "Members of teams", "Who is in a team, on duty or away, and when it works."
        ),
    ),
)
DIRECTORY: Final = SectionWords(
    "directory",
    "Directory",
    "People sign in with the password of your LDAP directory or Active Directory. They get an"
    " account the first time, and it ends when the directory no longer has them.",
    Permission.SET_UP_SECURITY,
    (
        Words(
            "enabled",
            "Sign in by the directory",
            "Off by default. Accounts of the desk itself keep working, whatever stands here.",
        ),
        Words("host", "Directory server", "Its name alone, as in its certificate."),
        Words(
            "security",
            "Encryption",
            "Default: STARTTLS. Without any, only a directory on the same machine is asked.",
        ),
        Words("port", "Port", "Mostly 389 with STARTTLS, 636 with TLS. Default: 389."),
        Words(
            "ca_file",
            "Certificate authority",
            "A PEM file of your company's own, where the desk runs; empty by default.",
        ),
        Words(
            "bind_dn",
            "Who looks people up",
            "The whole name of an account that may only read; empty where anybody may look.",
        ),
        Words(
            "password",
            "Password",
            "Never in the database or a file; it belongs to this server and this account.",
        ),
        Words("base_dn", "Where people are", "People are looked for here and below."),
        Words(
            "user_filter",
            "Filter for people",
            "{username} is what was typed. For Active Directory:"
            " (&(objectClass=user)(sAMAccountName={username})).",
        ),
        Words(
            "username_attribute",
            "User name",
            "Which attribute it is. Default: uid; Active Directory: sAMAccountName.",
        ),
        Words(
            "name_attribute",
            "Full name",
            "Which attribute it is. Default: cn; Active Directory: displayName.",
        ),
        Words("email_attribute", "E-mail address", "Which attribute it is. Default: mail."),
        Words(
            "id_attribute",
            "Id",
            "What stays when somebody is renamed. Default: entryUUID; Active Directory:"
            " objectGUID. Do not change it later.",
        ),
        Words(
            "group_roles",
            "Groups and their roles",
            "By the name of the group or its whole name, in any case. Of several groups the"
            " highest role counts, at each sign-in.",
        ),
        Words(
            "default_role",
            "Everybody else",
            "The role of people in none of these groups. Default: user.",
        ),
        Words(
            "group_base_dn",
            "Where groups are",
            "Empty by default: the groups are those of the person's memberOf.",
        ),
        Words(
            "group_filter",
            "Filter for groups",
            "{dn} and {username} are those of the person. Default: (member={dn}).",
        ),
        Words("test", "Test connection", "Go through the steps, and look somebody up."),
    ),
)
SINGLE_SIGN_ON: Final = SectionWords(
    "single-sign-on",
    "Single sign-on",
    "People sign in in their browser, by a provider of OpenID Connect such as Keycloak or"
    " Entra ID. They get an account the first time.",
    Permission.SET_UP_SECURITY,
    (
        Words(
            "enabled",
            "Offer single sign-on",
            "Off by default. Signing in with a password keeps working.",
        ),
        Words("label", "Button", "What the button of the sign-in window says."),
        Words(
            "issuer",
            "Provider",
            "Its address, exactly as it calls itself. https only.",
        ),
        Words(
            "client_id",
            "Client id",
            "What the desk is called there. Register a native application that is sent back to"
            " http://127.0.0.1, any port.",
        ),
        Words(
            "secret",
            "Client secret",
            "Where the provider gave one. Never in the database or a file.",
        ),
        Words(
            "ca_file",
            "Certificate authority",
            "A PEM file of your company's own, where the desk runs; empty by default.",
        ),
        Words(
            "scopes",
            "Scopes",
            "What is asked for, parted by blanks. Default: openid profile email.",
        ),
        Words(
            "username_claim",
            "User name",
            "Which claim it is. Default: preferred_username.",
        ),
        Words("groups_claim", "Groups", "Which claim names them. Default: groups."),
        Words(
            "factor_claims",
            "Proof of a second factor",
            "Values of the claims amr or acr, parted by blanks, such as mfa. Who comes without one"
            " gives a code of the desk's own app where the role needs it. Default: none.",
        ),
        Words(
            "group_roles",
            "Groups and their roles",
            "As the claim names them, in any case. Of several groups the highest role counts, at"
            " each sign-in.",
        ),
        Words(
            "default_role",
            "Everybody else",
            "The role of people in none of these groups. Default: user.",
        ),
        Words("test", "Test connection", "Ask the provider what it is, and for its keys."),
    ),
)
PROFILE: Final = SectionWords(
    "profile",
    "Profile",
    "Who you are to the others, and how the desk writes to you.",
    Permission.OWN_ACCOUNT,
    (
        Words("picture", "Picture", "A PNG or JPEG file; its middle is shown in a circle."),
        Words("full_name", "Name", "As others read it on tickets and replies."),
        Words("email", "E-mail address", "Where the desk writes to you."),
        Words(
            "time_zone",
            "Time zone",
            "Of the times in mail to you, such as Europe/Berlin; the window goes by this computer.",
        ),
        Words("language", "Language", "Also decides how dates and numbers are written."),
    ),
)
APPEARANCE: Final = SectionWords(
    "appearance",
    "Appearance",
    "How the window looks, here and wherever else you sign in.",
    Permission.OWN_ACCOUNT,
    (
        Words("theme", "Theme", "Light, dark, or as the system has it."),
        Words("density", "Density", "Compact shows more rows at once."),
        Words(
            "reply_wait",
            "Replies wait before they leave",
            "So long a reply can be kept back, with Undo or Ctrl+Z. Chosen for this computer.",
        ),
        Words(
            "lock_minutes",
            "Lock the window",
            "After so long without a key or a click it asks for your password.",
        ),
    ),
)
CANNED_REPLIES: Final = SectionWords(
    "canned-replies",
    "Canned replies",
    "Texts that you send again and again, and what is set together with them.",
    Permission.WORK_TICKET,
    (
        Words("macro_name", "Name", "What it is found by, with its folder and its text."),
        Words("macro_folder", "Folder", "Where it stands in the list; empty for none."),
        Words("macro_kind", "Kind", "An internal note is read by staff alone."),
        Words("macro_text", "Text", "Variables such as {{ ticket.number }} are filled in."),
        Words("macro_sets", "What it sets", "All of it happens together with the reply."),
        Words("macro_shared", "Who has it", "Managers share some with a team, or with all staff."),
    ),
)
TICKET_TEMPLATES: Final = SectionWords(
    "ticket-templates",
    "Ticket templates",
    "What new tickets can begin with, offered under Submit Ticket in this order.",
    Permission.SET_UP_TICKETS,
    (
        Words("template_name", "Name", "What it is called in the list, and found by."),
        Words(
            "template_staff",
            "For staff only",
            "Hidden from people who only submit tickets of their own.",
        ),
        Words("template_active", "In use", "Switched off, nobody is offered it."),
        Words(
            "template_subject",
            "Subject",
            "Where it ends with a colon, whoever uses it goes on there.",
        ),
        Words(
            "template_text",
            "Description",
            "Variables such as {{ today }} are filled in when it is used.",
        ),
        Words("template_category", "Category", "None leaves it to who writes, or to a suggestion."),
        Words(
            "template_priority",
            "Priority",
            "Medium, the default, leaves it to who writes, or to a suggestion.",
        ),
        Words("template_tags", "Tags", "Set where staff open the ticket; commas part them."),
        Words("template_fields", "Own fields", "What the desk's own fields begin with."),
    ),
)
TICKET_FILES: Final = SectionWords(
    "ticket-files",
    "Files on tickets",
    "What may be attached to tickets and replies. A change counts at once, without a restart.",
    Permission.SET_UP_TICKETS,
    (
        Words(
            "limit_mb",
            "Largest file",
            "From 1 to 1,024 MB. What is attached already stays. Files lie in the database, and"
            " are part of each backup.",
        ),
    ),
)
ACTIVITY: Final = SectionWords(
    "activity",
    "Activity",
    "What you did and what was done to your account, as the audit log has it.",
    Permission.OWN_ACCOUNT,
    (
        Words(
            "activity",
            "My activity history",
            "Sign-ins, failed tries, changes of the account and of settings.",
        ),
    ),
)
SECURITY: Final = SectionWords(
    "security",
    "Security",
    "The rules by which people sign in. A change counts at once, without a restart.",
    Permission.SET_UP_SECURITY,
    (
        Words(
            "password_min_length",
            "Shortest password",
            "For passwords chosen from now on. NIST advises 15 characters without and 8 with a"
            " second factor.",
        ),
        Words(
            "second_factor_roles",
            "Roles that need a second factor",
            "They set up an authenticator app at their next sign-in, and cannot do without; who"
            " has none yet is signed out. With single sign-on the provider may prove it instead.",
        ),
        Words(
            "free_attempts",
            "Wrong passwords without a wait",
            "After so many in a row each further try has to wait, longer each time.",
        ),
        Words(
            "longest_delay_seconds",
            "Longest wait after wrong passwords",
            "Nobody is locked out for good, so that no stranger can do that to somebody.",
        ),
        Words(
            "reset_minutes",
            "A mailed code works for",
            "It lets who has forgotten a password choose a new one, once.",
        ),
        Words(
            "session_hours",
            "A session ends unused after",
            "Then the password is asked for again.",
        ),
        Words(
            "session_days",
            "A session ends in any case after",
            "However much it is used. A shorter time holds for sessions that have begun, too.",
        ),
        Words(
            "lock_minutes",
            "A window locks itself after",
            "Without a key or a click. 0 leaves it to each person; else they may choose less.",
        ),
    ),
)
TICKET_FIELDS: Final = SectionWords(
    "ticket-fields",
    "Ticket fields",
    "What tickets have besides subject, category and priority, in the order it is asked for.",
    Permission.SET_UP_TICKETS,
    (
        Words("field_name", "Name", "What people read above it, such as Asset tag."),
        Words("field_help", "Help", "One line below it: where to find it, or what it is for."),
        Words("field_kind", "Kind", "What can be filled in; it is checked at once."),
        Words(
            "field_options",
            "Options",
            "One on each line. Tickets keep an option that is taken away.",
        ),
        Words(
            "field_key",
            "Key",
            "What the search and other programs call it, as in field.asset_tag:A-17; it stays.",
        ),
        Words("field_categories", "Categories", "Asked for in these alone; none means in all."),
        Words("field_required", "Must be filled in", "Without it no ticket is submitted there."),
        Words(
            "field_staff_only",
            "For staff only",
            "Who submits a ticket does not see it from then on; what the history of tickets"
            " has told of it stays told.",
        ),
        Words(
            "field_active",
            "In use",
            "Switched off, nobody is asked for it; what tickets hold can still be read.",
        ),
    ),
)
RIGHTS: Final = SectionWords(
    "rights",
    "Roles and rights",
    "What each role may do. The desk checks it at each call, whatever a window shows.",
    Permission.MANAGE_USERS,
    (Words("rights", "Permissions of roles", "Who may do what, role by role."),),
)
API_KEYS: Final = SectionWords(
    "api-keys",
    "API keys",
    "Keys with which other programs call the desk, each as one person and within its scopes.",
    Permission.MANAGE_API_KEYS,
    (Words("api_keys", "API key", "Make a key with scopes and an end, or revoke one."),),
)
RECURRING: Final = SectionWords(
    "recurring",
    "Recurring tickets",
    "Tickets that are opened by themselves, again and again, by a rule.",
    Permission.SHARE_WORK,
    (
        Words(
            "recurring_rule", "Rule of a recurring ticket", "How often, on which days, until when."
        ),
    ),
)
TRANSFER: Final = SectionWords(
    "transfer",
    "Import and export",
    "Tickets from other systems, and everything in a format that others can read.",
    Permission.MANAGE_USERS,
    (
        Words(
            "import_tickets",
            "Import tickets",
            "From CSV, JSON or another help desk's export, with their times and without mails.",
        ),
        Words(
            "export_tickets",
            "Export all tickets",
            "As JSON, which an import reads. Tickets as CSV are on the Reports page.",
        ),
        Words(
            "export_desk",
            "Export the desk",
            "Everything in one zip, of which “helpdesk import desk” makes an equal desk.",
        ),
    ),
)
GROUPS: Final = (
    ("Mine", (PROFILE, APPEARANCE, CANNED_REPLIES, NOTIFICATIONS, SIGN_IN, ACTIVITY)),
    ("Service", (SERVICE_LEVELS, BUSINESS_HOURS, ESCALATION, AUTOMATION)),
    ("Tickets", (TICKET_FIELDS, TICKET_TEMPLATES, RECURRING, TICKET_FILES)),
    ("Accounts", (TEAMS, SECURITY, DIRECTORY, SINGLE_SIGN_ON, RIGHTS, API_KEYS, TRANSFER)),
    ("Channels", (MAIL, CHATS, DELIVERIES)),
    ("Assistant", (CONNECTION, AUTOMATIC, FIGURES)),
)
"""In the order of the list; a person sees those that their role allows."""
SECTIONS: Final = tuple(section for _, sections in GROUPS for section in sections)
_ALSO_CALLED: Final = {
    ("directory", ""): "ldap active directory ad domain slapd",
    ("single-sign-on", ""): "sso oidc openid connect oauth keycloak entra azure",
    ("profile", "picture"): "avatar photo image portrait",
    ("profile", "language"): "locale",
    ("appearance", "theme"): "dark mode night colours colors",
    ("appearance", "density"): "row height spacing",
    ("appearance", "reply_wait"): "undo send delay seconds",
    ("transfer", ""): "osticket zammad freescout csv json migration backup zip",
    ("ticket-fields", ""): "custom fields form properties attributes",
    ("canned-replies", ""): "macros templates snippets responses",
    ("ticket-templates", ""): "forms presets",
    ("ticket-files", "limit_mb"): "attachments upload size limit maximum",
    ("appearance", "lock_minutes"): "idle inactivity timeout screen lock",
    ("notifications", "quiet"): "do not disturb dnd mute",
    ("notifications", "digest_at"): "summary",
    ("sign-in", "password"): "login passphrase",
    ("sign-in", "second_factor"): "mfa otp two-factor authentication",
    ("sign-in", "recovery_codes"): "backup codes",
    ("sign-in", "sessions"): "logout log out sign out devices",
    ("security", "password_min_length"): "minimum length policy",
    ("security", "second_factor_roles"): "2fa mfa totp two-factor enforce",
    ("security", "free_attempts"): "brute force lockout login attempts",
    ("security", "longest_delay_seconds"): "brute force lockout login attempts",
    ("security", "session_hours"): "logout log out sign out idle inactivity timeout",
    ("security", "session_days"): "logout log out sign out lifetime",
    ("security", "lock_minutes"): "idle inactivity timeout screen",
    ("rights", "rights"): "access roles matrix",
    ("api-keys", "api_keys"): "token rest integration",
    ("mail", "host"): "smtp email",
    ("chats", "chats"): "hook integration",
    ("deliveries", "deliveries"): "outbox bounced",
}
"""Plain words that people look for, by section and setting; a section itself has no setting."""
_GROUP_OF: Final = {section.key: title for title, sections in GROUPS for section in sections}


def group_of(section: SectionWords) -> str:
    """Return what the sections are called among which this one stands."""
    return _GROUP_OF[section.key]


def found(text: str, rights: Collection[str]) -> tuple[tuple[SectionWords, tuple[Words, ...]], ...]:
    """Return sections for these rights, with the settings in them that have all these words.

    Without words it is each section alone.
    """
    wanted = text.casefold().split()
    hits = []
    for section in SECTIONS:
        if section.permission.value not in rights:
            continue
        settings = tuple(
            each for each in section.settings if wanted and _has(section, each, wanted)
        )
        title = f"{section.title} {_ALSO_CALLED.get((section.key, ''), '')}".casefold()
        if settings or all(word in title for word in wanted):
            hits.append((section, settings))
    return tuple(hits)


def _has(section: SectionWords, words: Words, wanted: list[str]) -> bool:
    also = _ALSO_CALLED.get((section.key, words.key), "")
    said = f"{words.name} {words.help} {also}".casefold()
    return all(word in said for word in wanted)
