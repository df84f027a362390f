"""Model names lead to the right encoding, tuned ones through their base."""

from __future__ import annotations

import pytest

from backends.openai_api.encodings import encoding, limit


@pytest.mark.parametrize(
    ("model", "name", "known"),
    [
        ("gpt-4.1-mini-2025-04-14", "o200k_base", True),
        ("ft:gpt-4.1-2025-04-14:org::abc", "o200k_base", True),
        ("ft:o4-mini-2025-04-16:org::abc", "o200k_base", True),
        ("gpt-6-luna", "o200k_base", True),
        ("gpt-4-0613", "cl100k_base", True),
        ("ft:gpt-3.5-turbo-0125:org::abc", "cl100k_base", True),
        ("gpt-oss-20b", "o200k_base", True),
        ("meta-llama/Llama-3.1-8B", "o200k_base", False),
    ],
)
def test_a_name_leads_to_its_encoding(model: str, name: str, known: bool) -> None:
    assert encoding(model) == (name, known)


@pytest.mark.parametrize(
    ("model", "most"),
    [
        ("gpt-4.1-nano-2025-04-14", 65_536),
        ("gpt-3.5-turbo-0125", 16_385),
        ("gpt-3.5-turbo-0613", 4_096),
        ("ft:gpt-4o-mini-2024-07-18:org::abc:ckpt-step-8", 65_536),
        ("Qwen/Qwen3-4B", None),
    ],
)
def test_a_limit_is_known_or_none(model: str, most: int | None) -> None:
    assert limit(model) == most
