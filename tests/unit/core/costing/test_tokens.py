"""Encodings by name: fine-tuned names by their base, unknown ones with a note."""

from __future__ import annotations

import pytest

from studio.core.costing.tokens import encoding_of


@pytest.mark.parametrize(
    ("model", "encoding"),
    [
        ("gpt-4.1-mini", "o200k_base"),
        ("gpt-4o-2024-08-06", "o200k_base"),
        ("gpt-5.6-luna", "o200k_base"),
        ("o4-mini", "o200k_base"),
        ("openai/gpt-oss-20b", "o200k_base"),
        ("gpt-4-0613", "cl100k_base"),
        ("gpt-3.5-turbo", "cl100k_base"),
        ("davinci-002", "cl100k_base"),
        ("ft:gpt-4.1-mini-2025-04-14:acme::9x", "o200k_base"),
        ("ft:o4-mini-2025-04-16:acme::9x", "o200k_base"),
        ("ft:gpt-3.5-turbo-0125:acme::9x", "cl100k_base"),
        ("endpoint:azure/gpt-4.1", "o200k_base"),
    ],
)
def test_known_names_are_counted_exactly(model: str, encoding: str) -> None:
    found = encoding_of(model)
    assert (found.name, found.exact) == (encoding, True)


@pytest.mark.parametrize("model", ["gpt-6-luna", "ft:gpt-7:acme::1"])
def test_new_openai_names_are_counted_with_the_newest_and_say_so(model: str) -> None:
    found = encoding_of(model)
    assert (found.name, found.exact) == ("o200k_base", False)
    assert "not known" in found.note


def test_names_of_other_houses_say_that_the_count_differs() -> None:
    assert "differs" in encoding_of("mistral-large").note
