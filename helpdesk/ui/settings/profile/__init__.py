# SPDX-License-Identifier: GPL-3.0-or-later
"""Who somebody is to the others: name, address, picture, time zone and language."""
