# SPDX-License-Identifier: GPL-3.0-or-later
"""What every layer may use: operations, rights, errors, settings, time and the DTOs."""
