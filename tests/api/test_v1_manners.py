from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from studio.api.errors import STATUS
from studio.api.v1 import errors, ids, paging
from studio.domain.errors import StudioError
from tests.api import wire


async def test_an_unknown_path_is_named_in_openais_shape() -> None:
    async with wire.plain(SimpleNamespace()) as http:
        for path in ("/nowhere", "/files/file-1/nothing", "/"):
            answer = await http.get(path)
            told = answer.json()["error"]
            assert answer.status_code == 404 and set(told) == {"message", "type", "param", "code"}
            assert f"GET /v1{path}" in told["message"]
            assert answer.headers["x-request-id"].startswith("req_")


async def test_a_caller_from_another_machine_needs_a_key() -> None:
    foreign = httpx2.ASGITransport(wire.Mounted(SimpleNamespace()), client=("192.0.2.1", 1))
    async with httpx2.AsyncClient(transport=foreign, base_url=wire.BASE) as http:
        answer = await http.get("/files")
    assert answer.status_code == 401 and answer.json()["error"]["code"] == "invalid_api_key"


def test_every_kind_of_our_errors_has_words_on_the_wire() -> None:
    assert set(errors.TOLD) == set(STATUS)
    assert errors.answer(StudioError("What.", hint="How.")).status_code == 500


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("job_5f2c", "ftjob-5f2c"), ("file_a1", "file-a1"), ("upload_a1", "upload_a1")],
)
def test_ids_go_both_ways(ours: str, theirs: str) -> None:
    assert ids.theirs(ours) == theirs
    assert ids.ours(theirs, ours.partition("_")[0]) == ours


@pytest.mark.parametrize("id", ["", "job_5f2c", "ftjob-", "ftjob-A/../b", "ftjob-" + "a" * 99])
def test_an_id_of_another_shape_is_nothing_of_ours(id: str) -> None:
    with pytest.raises(errors.ApiError) as raised:
        ids.ours(id, "job")
    assert raised.value.status_code == 404


def test_a_tuned_model_is_named_as_openai_names_them() -> None:
    version = "model_0123456789abcdef"
    assert ids.tuned("smol", "Müller's Router v3", version) == (
        "ft:smol:ladder:m-ller-s-router-v3:89abcdef"
    )
    assert ids.tuned("smol", "smol on train.jsonl", version) == "ft:smol:ladder::89abcdef"
    named = ids.checkpoint(ids.tuned("smol", "smol", version), 12)
    assert ids.parted(named) == ("ft:smol:ladder::89abcdef", 12)
    assert ids.parted("ft:a:b:c:d") == ("ft:a:b:c:d", None)


def test_a_page_ends_where_the_items_end() -> None:
    def cut(after: str | None, limit: int) -> Any:
        return paging.page("abcd", after=after, limit=limit, id_of=lambda item: item)

    assert cut(None, 2) == (["a", "b"], True)
    assert cut("b", 2) == (["c", "d"], False)
    assert cut("d", 2) == ([], False)
    with pytest.raises(errors.ApiError, match="x"):
        cut("x", 2)
