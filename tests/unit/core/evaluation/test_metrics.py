import re
import string
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu import corpus_bleu
from sklearn import metrics as reference

from studio.core.evaluation.metrics import (
    bleu,
    confusion,
    exact_match,
    macro_f1,
    mean,
    normalise,
    rate,
    rouge_l,
    token_f1,
)

TEXT = st.text(max_size=40)
PRINTABLE = st.text(alphabet=string.printable, max_size=60)
LABEL = st.sampled_from(["refund", "delivery", "invoice"])
ANSWERS = st.lists(st.tuples(LABEL, st.one_of(LABEL, st.none())), min_size=1, max_size=40)


@pytest.mark.parametrize(
    "output",
    ["refund", "Refund", " refund\n", "**Refund**", '"refund."', "“Refund”!", "ＲＥＦＵＮＤ"],
)
def test_case_spacing_and_marks_around_an_answer_do_not_count(output: str) -> None:
    assert exact_match(output, "refund")


@pytest.mark.parametrize(
    "output, expected",
    [("C++", "C"), ("C#", "C"), ("-5", "5"), ("a refund", "refund"), ("?", "!"), ("", "refund")],
)
def test_what_may_change_the_meaning_does_count(output: str, expected: str) -> None:
    assert not exact_match(output, expected)


@given(TEXT)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(TEXT, TEXT)
def test_scores_of_one_answer_lie_between_0_and_1_and_are_1_for_the_same_text(
    output: str, expected: str
) -> None:
    for score in (token_f1, rouge_l):
        assert 0 <= score(output, expected) <= 1
        assert score(expected, expected) == 1


def squad_f1(output: str, expected: str) -> float:
    """Word overlap as the SQuAD paper defines it, step by step."""

    def tokens(text: str) -> list[str]:
        kept = "".join(c for c in text.lower() if c not in string.punctuation)
        return re.sub(r"\b(a|an|the)\b", " ", kept).split()

    ours, theirs = tokens(output), tokens(expected)
    same = sum((Counter(ours) & Counter(theirs)).values())
    if not same:
        return 0.0
    precision, recall = same / len(ours), same / len(theirs)
    return 2 * precision * recall / (precision + recall)


@given(PRINTABLE, PRINTABLE.filter(lambda text: any(c.isalnum() for c in text)))
def test_token_f1_is_squads(output: str, expected: str) -> None:
    if squad_f1(expected, expected) and squad_f1(output, output):
        assert token_f1(output, expected) == pytest.approx(squad_f1(output, expected))


def test_articles_and_punctuation_do_not_count_as_words() -> None:
    assert token_f1("The cat sat.", "a cat sat") == 1
    assert token_f1("the cat", "the dog") == 0
    assert token_f1("one two three", "two three four") == pytest.approx(2 / 3)


def test_writing_without_spaces_is_compared_by_characters() -> None:
    assert token_f1("退款申请", "退款") == pytest.approx(2 * 2 / 6)
    assert rouge_l("退款申请", "退款") == pytest.approx(2 * 2 / 6)


def test_words_with_vowel_signs_stay_whole() -> None:
    assert rouge_l("हिन्दी में", "हिन्दी") == pytest.approx(2 / 3)


def longest_common(ours: list[str], theirs: list[str]) -> int:
    """Length of the longest common subsequence by the schoolbook table."""
    row = [0] * (len(theirs) + 1)
    for word in ours:
        before = row[:]
        for j, other in enumerate(theirs):
            row[j + 1] = before[j] + 1 if word == other else max(row[j], before[j + 1])
    return row[-1]


@given(
    st.lists(st.sampled_from("abcd"), max_size=12), st.lists(st.sampled_from("abcd"), min_size=1)
)
def test_rouge_l_is_the_f_measure_of_the_longest_common_subsequence(
    ours: list[str], theirs: list[str]
) -> None:
    common = longest_common(ours, theirs)
    expected = 2 * common / (len(ours) + len(theirs))
    assert rouge_l(" ".join(ours), " ".join(theirs)) == pytest.approx(expected)


def test_rouge_l_gives_the_value_of_its_paper() -> None:
    assert rouge_l("police kill the gunman", "police killed the gunman") == pytest.approx(0.75)
    assert rouge_l("the gunman kill police", "police killed the gunman") == pytest.approx(0.5)


def test_bleu_is_sacrebleus_and_a_share() -> None:
    outputs = ["The cat sat on the mat today.", "He read the book because it was good."]
    expected = ["The cat sat on the mat.", "He read the book since it was good."]
    score = bleu(outputs, expected)
    assert score.value == pytest.approx(corpus_bleu(outputs, [expected], force=True).score / 100)
    assert score.n == 2
    assert bleu(expected, expected).value == pytest.approx(1)
    assert bleu([], []).value == 0


def test_many_tokenised_lines_raise_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    bleu(["Fine ."] * 200, ["Fine ."] * 200)
    assert not caplog.records


def test_a_rate_comes_with_its_interval_and_a_mean_with_its_own() -> None:
    share = rate("accuracy", [True] * 9 + [False])
    assert (share.value, share.n) == (0.9, 10)
    assert share.low == pytest.approx(0.5958, abs=1e-3)
    middle = mean("token_f1", [0.0, 1.0] * 50)
    assert middle.value == 0.5
    assert middle.low is not None and middle.high is not None
    assert 0.35 < middle.low < 0.5 < middle.high < 0.65


def test_no_examples_give_no_interval_that_pretends_knowledge() -> None:
    assert (rate("accuracy", []).low, rate("accuracy", []).high) == (0, 1)
    assert mean("token_f1", []).low is None
    assert macro_f1([], []).n == 0


@given(ANSWERS)
@settings(max_examples=40)
def test_macro_f1_and_confusion_are_scikit_learns(answers: list[tuple[str, str | None]]) -> None:
    expected, predicted = [e for e, _ in answers], [p for _, p in answers]
    named = [p or "no label" for p in predicted]
    labels = sorted(set(expected))
    f1 = reference.f1_score(expected, named, labels=labels, average="macro", zero_division=0)
    assert macro_f1(expected, predicted).value == pytest.approx(f1)
    matrix = confusion(expected, predicted)
    theirs = reference.confusion_matrix(expected, named, labels=[*matrix.labels, "no label"])
    assert [list(row) for row in matrix.counts] == theirs[:-1].tolist()
    assert sum(map(sum, matrix.counts)) == len(answers)
