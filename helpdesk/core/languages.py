# SPDX-License-Identifier: GPL-3.0-or-later
"""The languages that the program speaks, each with the countries whose dates and numbers it has."""

from __future__ import annotations

USUAL = "en"
"""English, with dates and numbers as the workstation has them."""
LANGUAGES: dict[str, str] = {
    USUAL: "English",
    "en-AU": "English (Australia)",
    "en-CA": "English (Canada)",
    "en-IN": "English (India)",
    "en-IE": "English (Ireland)",
    "en-NZ": "English (New Zealand)",
    "en-ZA": "English (South Africa)",
    "en-GB": "English (United Kingdom)",
    "en-US": "English (United States)",
}
"""A translation of the program brings its language in here."""
