# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the form in which people say what is wrong."""
