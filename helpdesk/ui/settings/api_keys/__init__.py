# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of other programs: made, shown once, and revoked."""
