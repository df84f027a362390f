"""View model of the keys: how long they may live, what is said of each, and first lines of code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from studio.domain.keys import ApiKey, Scope
from studio.ui.pages import figures

LIVES: dict[int, str] = {0: "Never", 30: "In 30 days", 90: "In 90 days", 365: "In a year"}
"""Days until a key ends; 0: it does not."""
NAMES: dict[Scope, str] = {
    Scope.ALL: "Everything",
    Scope.READ: "Looking",
    Scope.TRAIN: "Files and fine-tuning",
    Scope.CHAT: "Asking models",
    Scope.FEEDBACK: "Feedback",
    Scope.DEPLOY: "Deploying",
}


class Line(NamedTuple):
    """What the table shows of a key."""

    name: str
    key: str
    good_for: str
    project: str
    used: str
    state: str
    good: bool


def line(key: ApiKey, projects: Mapping[str, str], at: datetime) -> Line:
    """Returns the words for one key."""
    ended = key.ended(at)
    until = f"until {figures.moment(key.expires_at)}" if key.expires_at else "good"
    return Line(
        name=key.name,
        key=f"{key.prefix}…",
        good_for=", ".join(NAMES[scope] for scope in key.scopes),
        project=projects.get(key.project_id, "a project that is gone"),
        used=figures.moment(key.last_used_at) or "never",
        state=ended.removeprefix("has ") or until,
        good=not ended,
    )


def ends(days: int, at: datetime) -> datetime | None:
    """Returns when a key made now ends, None for never."""
    return at + timedelta(days=days) if days else None


def examples(base_url: str, key: str = "") -> dict[str, str]:
    """Returns language → a program that lists the models; the guide has the longer ones."""
    shown = key or "not-needed-here"
    return {
        "Python": (
            "from openai import OpenAI\n\n"
            f'client = OpenAI(base_url="{base_url}", api_key="{shown}")\n'
            "for model in client.models.list():\n"
            "    print(model.id)"
        ),
        "Node": (
            'import OpenAI from "openai";\n\n'
            f'const client = new OpenAI({{ baseURL: "{base_url}", apiKey: "{shown}" }});\n'
            "for await (const model of client.models.list()) {\n"
            "  console.log(model.id);\n"
            "}"
        ),
        "curl": f'curl {base_url}/models -H "Authorization: Bearer {shown}"',
    }
