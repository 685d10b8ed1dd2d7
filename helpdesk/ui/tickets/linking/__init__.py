# SPDX-License-Identifier: GPL-3.0-or-later
"""What ties tickets to each other and to people, in the window: pickers, dialogs and questions."""
