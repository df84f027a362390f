import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.evaluation.decoding import answer_key, default_decoding, effective
from studio.domain.datasets import Message
from studio.domain.evaluation import Decoding

QUESTION = [Message(role="user", content="Where is my parcel?")]


def test_short_labels_get_little_room() -> None:
    labels = ["refund", "balance_not_updated_after_cheque_or_cash_deposit"]
    assert default_decoding(labels) == Decoding(max_new_tokens=32)


@given(st.lists(st.text(max_size=4000), max_size=4))
def test_the_default_room_is_bounded_and_does_not_depend_on_order(answers: list[str]) -> None:
    chosen = default_decoding(answers)
    assert 16 <= chosen.max_new_tokens <= 1024
    assert chosen.max_new_tokens % 8 == 0
    assert chosen == default_decoding(answers[::-1])


def test_other_scripts_get_a_token_for_each_byte() -> None:
    assert default_decoding(["возврат средств"]).max_new_tokens >= 29


def test_settings_without_effect_do_not_tell_two_decodings_apart() -> None:
    assert effective(Decoding(seed=3, top_p=0.5)) == effective(Decoding())
    assert effective(Decoding(seed=3, temperature=0.7)) != effective(Decoding(temperature=0.7))


def test_an_answer_is_found_again_under_the_same_model_prompt_and_decoding() -> None:
    assert answer_key("m1", QUESTION, Decoding()) == answer_key("m1", QUESTION, Decoding(seed=9))


@pytest.mark.parametrize(
    "other",
    [
        answer_key("m2", QUESTION, Decoding()),
        answer_key("m1", QUESTION, Decoding(max_new_tokens=8)),
        answer_key("m1", [Message(role="system", content="Be brief."), *QUESTION], Decoding()),
        answer_key("m1", [Message(role="system", content=QUESTION[0].content)], Decoding()),
    ],
)
def test_anything_that_changes_an_answer_changes_its_key(other: str) -> None:
    assert other != answer_key("m1", QUESTION, Decoding())


def test_answers_kept_by_earlier_studios_are_found_again() -> None:
    question = [Message(role="user", content="Where?")]
    key = "9198f4c2413043ec4479671a43678143547464d0e6071cb9a60ab08bdeba764a"
    assert answer_key("m1", question, Decoding()) == key


@pytest.mark.parametrize(
    "other",
    [
        Decoding(stop=("\n",)),
        Decoding(logprobs=0),
        Decoding(raw=True),
        Decoding(response_format='{"type": "json_object"}'),
    ],
)
def test_greedy_answers_differ_by_every_other_setting(other: Decoding) -> None:
    assert answer_key("m1", QUESTION, other) != answer_key("m1", QUESTION, Decoding())
