import pytest

from studio.core.ladder.prompting import (
    check_template,
    conversation,
    fixed_shots,
    question_of,
    rendered,
    spread,
    typical,
)
from studio.domain.datasets import Example, Message, Split
from studio.domain.errors import InvalidInput
from studio.domain.ladder import Rung
from studio.domain.retrieval import Chunk, Passage


def example(number: int, answer: str = "yes", *earlier: Message) -> Example:
    turns = (
        *earlier,
        Message(role="user", content=f"Question {number}"),
        Message(role="assistant", content=answer),
    )
    return Example(
        id=f"ex_{number}",
        line=number,
        messages=turns,
        prompt_hash=f"{(number * 7919) % 1000:064x}",
        split=Split.TEST,
    )


def passage(text: str, rank: int = 1) -> Passage:
    chunk = Chunk(id=f"c{rank}", document_id="d", position=0, start=0, end=len(text), text=text)
    return Passage(chunk=chunk, document_key="d", title="D", rank=rank, score=1.0)


def test_an_unknown_variable_is_refused_by_its_name() -> None:
    with pytest.raises(InvalidInput, match=r"\{client\}"):
        check_template("{question} for {client}", Rung.PROMPT)


def test_a_template_without_the_question_is_refused() -> None:
    with pytest.raises(InvalidInput, match="leaves out"):
        check_template("Answer briefly.", Rung.PROMPT)


def test_passages_belong_to_rungs_that_search() -> None:
    check_template("{passages} {question}", Rung.RAG)
    check_template("{question}", Rung.RAG)
    with pytest.raises(InvalidInput, match="searches no documents"):
        check_template("{passages} {question}", Rung.FEW_SHOT)


def test_other_braces_are_text() -> None:
    template = 'Answer as {"label": "…"}. {question}'
    check_template(template, Rung.PROMPT)
    assert rendered(template, {"question": "Why?"}) == 'Answer as {"label": "…"}. Why?'


def test_what_a_question_holds_is_never_read_as_a_variable() -> None:
    asked = example(1).with_(
        messages=(
            Message(role="user", content="What is {passages}?"),
            Message(role="assistant", content="a name"),
        )
    )
    (turn,) = conversation(asked, template="Q: {question}")
    assert turn.content == "Q: What is {passages}?"
    (turn,) = conversation(asked, template="{passages} Q: {question}", passages=[passage("Text.")])
    assert turn.content.endswith("Q: What is {passages}?")


def test_the_setup_replaces_the_examples_own_instructions_and_empty_keeps_them() -> None:
    own = Message(role="system", content="Own.")
    kept = conversation(example(1, "yes", own))
    replaced = conversation(example(1, "yes", own), system="Other.")
    assert [turn.content for turn in kept] == ["Own.", "Question 1"]
    assert [turn.content for turn in replaced] == ["Other.", "Question 1"]


def test_earlier_turns_stay_and_only_the_last_question_is_put_into_the_template() -> None:
    earlier = (Message(role="user", content="Hello"), Message(role="assistant", content="Hi"))
    turns = conversation(example(1, "yes", *earlier), template="Now: {question}")
    assert [turn.content for turn in turns] == ["Hello", "Hi", "Now: Question 1"]
    assert question_of(example(1, "yes", *earlier)) == "Question 1"


def test_solved_examples_are_turns_before_the_question() -> None:
    turns = conversation(example(1), system="S", template="Q: {question}", shots=[example(2, "no")])
    assert [(turn.role, turn.content) for turn in turns] == [
        ("system", "S"),
        ("user", "Q: Question 2"),
        ("assistant", "no"),
        ("user", "Q: Question 1"),
    ]


def test_passages_stand_where_the_template_names_them_or_first() -> None:
    found = [passage("One.", 1), passage("Two.", 2)]
    (named,) = conversation(example(1), template="{question} | {passages}", passages=found)
    (first,) = conversation(example(1), template="{question}", passages=found)
    assert named.content.startswith("Question 1 |") and "[1] " in named.content
    assert first.content.endswith("Question 1") and "Two." in first.content


def test_solved_examples_before_passages_show_question_and_answer_only() -> None:
    turns = conversation(
        example(1),
        template="{passages}\n\nQuestion: {question}",
        shots=[example(2)],
        passages=[passage("One.")],
    )
    assert turns[0].content == "Question 2"
    assert "One." in turns[2].content


def test_a_limit_takes_the_same_examples_every_time_in_their_own_order() -> None:
    every = [example(n) for n in range(50)]
    chosen = spread(every, 10)
    assert len(chosen) == 10
    assert {e.id for e in spread(list(reversed(every)), 10)} == {e.id for e in chosen}
    assert [e.line for e in chosen] == sorted(e.line for e in chosen)
    assert spread(every, None) == spread(every, 50) == every


def test_fixed_shots_show_every_answer_before_any_twice() -> None:
    pool = [example(n, ("a", "b", "c")[n % 3]) for n in range(30)]
    assert sorted(e.answer for e in fixed_shots(pool, 3)) == ["a", "b", "c"]
    assert sorted(e.answer for e in fixed_shots(pool, 6)) == ["a", "a", "b", "b", "c", "c"]
    assert fixed_shots(pool, 6) == fixed_shots(list(reversed(pool)), 6)
    assert len(fixed_shots(pool, 99)) == 30


def test_typical_answers_leave_the_longest_tenth_out() -> None:
    answers = ["x" * n for n in range(1, 11)]
    assert max(map(len, typical(answers))) == 9
    assert typical(["only"]) == ["only"]
    assert typical([]) == []
