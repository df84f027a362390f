"""What the patterns see, and what they must leave alone."""

from __future__ import annotations

import pytest

from studio.core.quality import personal_data
from tests import tiny_rows


def found(text: str) -> dict[str, int]:
    rows = [tiny_rows.example(1, ("user", text), ("assistant", "Thank you."))]
    return {seen.kind: seen.count for seen in personal_data.seen(rows)}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Write to ada.muster+tax@example.co.uk, please.", "e-mail address"),
        ("Pay to DE89 3704 0044 0532 0130 00 by Friday.", "bank account (IBAN)"),
        ("Pay to GB82WEST12345698765432.", "bank account (IBAN)"),
        ("My card 4111 1111 1111 1111 was refused.", "payment card"),
        ("Use sk-proj-abcdefghijklmnop1234 for it.", "secret key"),
        ("-----BEGIN RSA PRIVATE KEY-----", "secret key"),
        ("Call +49 30 901820 tomorrow.", "telephone number"),
        ("Call 0044 20 7946 0958.", "telephone number"),
    ],
)
def test_a_pattern_sees_its_kind(text: str, kind: str) -> None:
    assert found(text) == {kind: 1}


@pytest.mark.parametrize(
    "text",
    [
        "The order 4111 1111 1111 1112 came.",  # the check digit is wrong
        "DE88 3704 0044 0532 0130 00",
        "It cost 1,299.00 on 2026-11-24 at 10:15.",
        "See section 3.14159265358979 of the report.",
        "0000 0000 0000 0000",
        "me at work",
    ],
)
def test_other_text_is_left_alone(text: str) -> None:
    assert found(text) == {}


def test_an_excerpt_masks_what_it_shows() -> None:
    rows = [tiny_rows.example(1, ("user", "I am ada@example.org."), ("assistant", "Hello."))]
    (seen,) = personal_data.seen(rows)
    assert seen.excerpts == ("ada…",)
    assert seen.example_ids == (rows[0].id,)


def test_the_rejected_answer_is_scanned_too() -> None:
    row = tiny_rows.example(1, ("user", "Who?"), ("assistant", "Nobody."))
    assert personal_data.seen([row.with_(rejected="Ask ada@example.org.")])[0].count == 1


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("ada@example.org or bob@example.org", "[e-mail address] or [e-mail address]"),
        ("My card 4111 1111 1111 1111 was refused.", "My card [payment card] was refused."),
        ("Call +49 30 901820 tomorrow.", "Call [telephone number] tomorrow."),
        ("The order 4111 1111 1111 1112 came.", "The order 4111 1111 1111 1112 came."),
        ("Nothing here.", "Nothing here."),
    ],
)
def test_what_is_seen_is_taken_out_and_then_seen_no_more(text: str, cleaned: str) -> None:
    assert personal_data.redacted(text) == cleaned
    assert personal_data.redacted(cleaned) == cleaned
    assert personal_data.found_in(cleaned) == []


def test_one_text_tells_kinds_with_masked_excerpts() -> None:
    told = personal_data.found_in("ada@example.org, +49 30 901820")
    assert told == [("e-mail address", "ada…"), ("telephone number", "+49…")]
