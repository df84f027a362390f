"""Project: one client engagement, the folder everything else hangs in."""

from __future__ import annotations

from datetime import datetime

from studio.domain.values import Value


class Project(Value):
    """One client engagement."""

    id: str
    name: str
    """What the client or the engagement is called, unique in this studio."""
    description: str = ""
    """One or two sentences on who the client is and what the model should do."""
    created_at: datetime
