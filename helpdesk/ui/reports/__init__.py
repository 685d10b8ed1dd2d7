# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports: read, written into files, and sent by schedule."""
