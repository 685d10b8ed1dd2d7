# SPDX-License-Identifier: GPL-3.0-or-later
"""The background's twin for tests of screens: it works at once, so that a test needs no waiting."""

from __future__ import annotations

from typing import Any

from helpdesk.ui.background import Background, Job


class InlineJob(Job[Any]):
    """A job that calls back as soon as it is asked to."""

    def _add(self, callback):
        super()._add(callback)
        if self.answered:
            self.run_callbacks()
        return self


class InlineBackground(Background):
    """Runs each job at once on the calling thread; what nobody hears is reported by the loop."""

    job_class = InlineJob

    def start(self, job: Job[Any]) -> None:
        """Work now; the job is settled when this returns."""
        job.work()
        self.settle(job)
