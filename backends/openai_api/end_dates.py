"""End dates: until when OpenAI itself makes fine-tuning jobs and keeps the models they rest on.

As published by OpenAI in its deprecations, read on 2026-11-22; a `shutdown_date` in the server's
own answer counts first. For other servers nothing is assumed.
"""

from __future__ import annotations

from datetime import date

HOST = "api.openai.com"
NEW_JOBS_END = date(2027, 1, 6)
"""From this day on nobody can create jobs."""
MODELS = {
    "gpt-4.1-nano-2025-04-14": date(2026, 10, 23),
    "gpt-3.5-turbo": date(2026, 10, 23),
    "gpt-3.5-turbo-0125": date(2026, 10, 23),
    "o4-mini-2025-04-16": date(2026, 10, 23),
    "davinci-002": date(2026, 10, 23),
    "babbage-002": date(2026, 10, 23),
    "gpt-4-0613": date(2026, 10, 23),
    "gpt-4.1-2025-04-14": date(2027, 1, 14),
    "gpt-4.1-mini-2025-04-14": date(2027, 1, 14),
    "gpt-4o-2024-08-06": date(2027, 1, 14),
    "gpt-4o-2024-11-20": date(2027, 1, 14),
    "gpt-4o-mini-2024-07-18": date(2027, 1, 14),
}
"""Base model → the day it shuts down, and every fine-tune of it with it."""


def base_of(model: str) -> str:
    """Returns the base of `ft:BASE:ORGANISATION:…`, any other name as it is."""
    return model.removeprefix("ft:").split(":")[0] if model.startswith("ft:") else model


def known(host: str, model: str) -> date | None:
    """Returns the day a model shuts down there, None when nothing is known."""
    return MODELS.get(base_of(model)) if host == HOST else None
