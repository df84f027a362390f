"""What people say of an answer is sent to the id that the answer came with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from studio.services.keys import ApiKeyService
from studio.store.keys import ApiKeyStore
from tests.api import wire
from tests.fakes.wire_answers import TUNED, Answers

HELLO: Any = [{"role": "user", "content": "Hello there"}]


@pytest.fixture
def answers() -> Iterator[Answers]:
    made = Answers()
    yield made
    made.feedback.close()
    made.bench.database.close()


@pytest.fixture
async def client(answers: Answers) -> AsyncIterator[AsyncOpenAI]:
    async with wire.client(answers) as made:
        yield made


async def say(client: AsyncOpenAI, id: str, **said: object) -> Any:
    return await client.post(f"/chat/completions/{id}/feedback", cast_to=object, body=said)


async def test_feedback_is_kept_with_the_answer(client: AsyncOpenAI, answers: Answers) -> None:
    whole = await client.chat.completions.create(model=TUNED, messages=HELLO)
    told = await say(client, whole.id, thumb="down", correction="Good day", user="Anna")
    assert (told["completion_id"], told["thumb"], told["user"]) == (whole.id, "down", "Anna")
    (kept,) = answers.kept.for_inference(whole.id.replace("chatcmpl-", "inference_"))
    assert (kept.thumb_up, kept.correction, kept.rater) == (False, "Good day", "Anna")
    assert (await say(client, whole.id, comment="On second thought"))["thumb"] is None


async def test_each_of_several_answers_and_bare_texts_have_their_own(client: AsyncOpenAI) -> None:
    several = await client.chat.completions.create(model=TUNED, messages=HELLO, n=2)
    for choice in several.choices:
        id = (choice.model_extra or {})["answer_id"]
        assert (await say(client, id, thumb="up"))["completion_id"] == id
    text = await client.completions.create(model=TUNED, prompt="Hello")
    assert (await say(client, text.id, thumb="up"))["completion_id"] == text.id


@pytest.mark.parametrize(
    "said", [{}, {"thumb": "sideways"}, {"correction": " "}, {"stars": 5}, {"user": ""}]
)
async def test_what_says_nothing_is_refused(client: AsyncOpenAI, said: dict[str, Any]) -> None:
    whole = await client.chat.completions.create(model=TUNED, messages=HELLO)
    with pytest.raises(openai.BadRequestError):
        await say(client, whole.id, **said)


async def test_who_has_a_key_reaches_the_answers_of_its_project_only(answers: Any) -> None:
    keys = ApiKeyService(ApiKeyStore(answers.bench.database), answers.projects.get)
    answers.keys = keys
    project = answers.projects.create(name="Another")
    key = keys.create("another", project.id).key
    async with wire.client(answers) as here, wire.client(answers, api_key=key) as other:
        whole = await here.chat.completions.create(model=TUNED, messages=HELLO)
        with pytest.raises(openai.NotFoundError):
            await say(other, whole.id, thumb="up")
        id = whole.id.replace("chatcmpl-", "inference_")
        assert answers.kept.for_inference(id) == []
        kept = answers.kept.inference(id)
        answers.kept.add_inference(kept.with_(id="inference_0", project_id=project.id))
        for client in (here, other):
            assert (await say(client, "chatcmpl-0", thumb="up"))["thumb"] == "up"


async def test_an_answer_that_never_was_takes_nothing(client: AsyncOpenAI) -> None:
    for missing in ("chatcmpl-1", "cmpl-0", "nonsense"):
        with pytest.raises(openai.NotFoundError):
            await say(client, missing, thumb="up")


async def post(client: AsyncOpenAI, key: str = "", **said: object) -> Any:
    options: Any = {"headers": {"Idempotency-Key": key}} if key else {}
    return await client.post("/feedback", cast_to=object, body=said, options=options)


async def test_feedback_that_names_its_answer_tells_what_it_counted_towards(
    client: AsyncOpenAI, answers: Answers
) -> None:
    whole = await client.chat.completions.create(model=TUNED, messages=HELLO)
    told = await post(client, completion_id=whole.id, correction="Good day", thumb=None)
    assert (told["object"], told["rater"], told["thumb"]) == ("feedback", "api", None)
    assert (told["counted"]["deployment"], told["counted"]["needed"]) == (None, None)
    assert "no training" in told["counted"]["sentence"]
    (kept,) = answers.kept.for_inference(whole.id.replace("chatcmpl-", "inference_"))
    assert (kept.id, kept.correction, kept.source) == (told["id"], "Good day", "api")


async def test_the_same_key_keeps_it_once_and_other_words_under_it_are_refused(
    client: AsyncOpenAI, answers: Answers
) -> None:
    whole = await client.chat.completions.create(model=TUNED, messages=HELLO)
    said = {"completion_id": whole.id, "thumb": "up", "rater": "Anna"}
    first = await post(client, "one", **said)
    assert await post(client, "one", **said) == first
    with pytest.raises(openai.ConflictError) as refused:
        await post(client, "one", **{**said, "thumb": "down"})
    assert refused.value.code == "idempotency_key_reused"
    assert (await post(client, "two", **said))["id"] != first["id"]
    assert len(answers.kept.for_inference(whole.id.replace("chatcmpl-", "inference_"))) == 2


@pytest.mark.parametrize(
    "said, param",
    [
        ({}, None),
        ({"thumb": "sideways"}, "thumb"),
        ({"thumb": "up", "stars": 5}, "stars"),
        ({"correction": " "}, "correction"),
        ({"thumb": "up", "rater": "x" * 81}, "rater"),
    ],
)
async def test_nonsense_names_what_is_wrong(
    client: AsyncOpenAI, said: dict[str, Any], param: str | None
) -> None:
    whole = await client.chat.completions.create(model=TUNED, messages=HELLO)
    with pytest.raises(openai.BadRequestError) as refused:
        await post(client, completion_id=whole.id, **said)
    assert refused.value.param == param


async def test_feedback_on_nothing_is_not_found(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        await post(client, completion_id="chatcmpl-1", thumb="up")
    with pytest.raises(openai.BadRequestError) as refused:
        await post(client, thumb="up")
    assert refused.value.code == "missing_required_parameter"


async def test_half_a_character_keeps_out_itself_and_nothing_else(answers: Answers) -> None:
    async with wire.client(answers) as client, wire.plain(answers) as bare:
        whole = await client.chat.completions.create(model=TUNED, messages=HELLO)
        half = f'{{"completion_id": "{whole.id}", "comment": "half \\ud800"}}'
        headers = {"content-type": "application/json"}
        assert (await bare.post("/feedback", content=half, headers=headers)).status_code == 400
        assert (await post(client, completion_id=whole.id, thumb="up"))["thumb"] == "up"
