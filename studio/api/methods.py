"""What may be called from outside this process; everything that is not listed is refused."""

from __future__ import annotations

METHODS: dict[str, tuple[str, ...]] = {
    "projects": ("all", "get", "create", "default", "rename"),
    "datasets": (
        "stage",
        "preview",
        "create",
        "all",
        "get",
        "versions",
        "version",
        "examples",
        "page",
        "refused",
        "balance",
        "export_jsonl",
    ),
    "models": ("bases", "base", "pull", "add", "remove", "verify", "versions", "version", "names"),
    "training": (
        "recommended",
        "plan",
        "start",
        "resume",
        "cancel",
        "get",
        "all",
        "events",
        "log",
    ),
    "monitor": ("revision", "running"),
    "evaluation": (
        "start",
        "get",
        "all",
        "cancel",
        "results",
        "compare",
        "side_by_side",
    ),
    "playground": ("stream", "answer", "feedback", "recent", "feedback_for", "thumbs"),
    "sample": ("prepare", "tune", "measure"),
}
"""Service → its public methods, named as in `studio.services`."""
