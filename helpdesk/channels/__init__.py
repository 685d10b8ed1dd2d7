# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes messages out of the desk: mail servers, webhooks of chats, files of holidays."""
