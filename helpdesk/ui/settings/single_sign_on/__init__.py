# SPDX-License-Identifier: GPL-3.0-or-later
"""How people sign in in their browser, by a provider of OpenID Connect."""
