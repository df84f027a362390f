from __future__ import annotations

import pytest

from studio.core.monitoring.features import Said, compared, is_json, script


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Where is my parcel?", "latin"),
        ("Где моя посылка? ok", "cyrillic"),
        ("我的包裹在哪里", "cjk"),
        ("12 + 30 = ?", "none"),
        ("", "none"),
    ],
)
def test_the_script_of_most_letters(text: str, wanted: str) -> None:
    assert script(text) == wanted


@pytest.mark.parametrize(
    ("text", "holds"), [('{"a": 1}', True), ("[]", True), ("7", False), ("{a}", False)]
)
def test_json_is_an_object_or_a_list(text: str, holds: bool) -> None:
    assert is_json(text) is holds


def test_json_is_watched_only_where_it_is_expected() -> None:
    plain = [Said("Hello?", 6, "Hi.")] * 10
    form = [Said("Hello?", 6, '{"a": 1}')] * 9 + [Said("Hello?", 6, "Hi.")]
    assert "json" not in [feature.name for feature in compared(plain, form)]
    (json,) = [feature for feature in compared(form, plain) if feature.name == "json"]
    assert list(json.reference).count("yes") == 9
    assert set(json.current) == {"no"}


def test_every_feature_has_one_entry_for_each_answer() -> None:
    window = [Said("Hello?", 60, "I'm sorry, I cannot do that."), Said("Why?", 4, "So.")]
    found = {feature.name: feature for feature in compared(window, window[:1])}
    assert sorted(found) == ["output_length", "prompt_length", "refusal", "script", "topic"]
    assert all(len(one.reference) == 2 and len(one.current) == 1 for one in found.values())
    assert found["prompt_length"].reference == [60.0, 4.0]
    assert found["prompt_length"].counted and not found["topic"].counted
    assert found["refusal"].reference == ["yes", "no"]


def test_nothing_compared_with_nothing() -> None:
    assert all(not feature.reference for feature in compared([], []))
