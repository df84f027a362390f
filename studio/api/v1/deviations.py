"""Deviations: every place where `/v1` answers otherwise than OpenAI's specification says, and why.

The test of the answers against the specification allows these and nothing else; the reference
prints them.
"""

from __future__ import annotations

from typing import NamedTuple


class Deviation(NamedTuple):
    """One difference."""

    where: str
    """Operation as `METHOD /path`, then the field's path in the answer after a space if any."""
    what: str
    why: str


DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(
        "* /fine_tuning/jobs/{fine_tuning_job_id} status",
        "`paused` is a status too.",
        "OpenAI's own answer to /pause carries it; its list of statuses leaves it out.",
    ),
)
