"""What may be called from outside this process; everything that is not listed is refused.

Secrets and what starts or ends the studio itself stay inside.
"""

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
        "export_refused",
    ),
    "models": ("bases", "base", "pull", "add", "remove", "verify", "versions", "version", "names"),
    "training": (
        "recommended",
        "plan",
        "start",
        "resume",
        "not_resumable_because",
        "cancel",
        "get",
        "all",
        "events",
        "log",
    ),
    "monitor": ("revision", "running", "poll_once"),
    "evaluation": (
        "start",
        "get",
        "all",
        "cancel",
        "results",
        "compare",
        "decoding_for",
        "side_by_side",
    ),
    "playground": ("stream", "answer", "feedback", "recent", "feedback_for", "thumbs"),
    "sample": ("prepare", "tune", "measure", "measure_prompting"),
}
"""Service → its public methods, named as in `studio.services`."""
