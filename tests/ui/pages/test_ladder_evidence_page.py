"""The verdict's page, a rung's card and the search tried out, as a consultant meets them."""

from __future__ import annotations

from typing import Any

import pytest
from nicegui.testing import User

from studio.domain.ladder import Rung
from studio.domain.retrieval import CorpusStatus, Gold
from studio.ui.kit.keys import Keys
from studio.ui.kit.undo import undo_stack
from studio.ui.pages.ladder import view
from tests.fakes.ladder_values import rung_run
from tests.fakes.money import estimate
from tests.fakes.page_ladder import climbed
from tests.fakes.page_shell import FakeShell
from tests.ui.pages.conftest import Open, until


def field(user: User, marker: str) -> Any:
    """The control under a marker."""
    return next(iter(user.find(marker=marker).elements))


async def test_the_verdict_shows_its_reasons_and_keeps_ticks(
    open_page: Open, services: Any
) -> None:
    climbed(services.ladder)
    user = await open_page(view.build_step, step="verdict")
    await user.should_see("Eight examples in the prompt do the job. Do not fine-tune.")
    await user.should_see("measured, and luck would not explain it")
    await user.should_see("Few-shot against Prompt")
    await user.should_see("+20.0 points")
    await user.should_see("Our judgement")
    case = field(user, "verdict-business-case")
    assert case.props["href"] == "/estimator"
    field(user, "tick-split").set_value(True)
    await user.should_see("Ticked by a person", retries=30)
    assert services.ladder.points[0].done


async def test_the_whole_table_of_rules_is_there_to_read(open_page: Open, services: Any) -> None:
    climbed(services.ladder)
    user = await open_page(view.build_step, step="verdict")
    await user.should_see("All 2 rules")
    await user.should_see("Warns: Keep a person in the loop.")
    silent = {one.rule.id for one in services.ladder.said_verdict.fired}
    await user.should_see(f"{len(silent)} apply here; numbers as shipped")
    await user.should_see("silent")


async def test_a_rung_s_card_shows_the_estimate_beside_what_it_took(
    open_page: Open, services: Any
) -> None:
    climbed(services.ladder)
    done, waiting = services.ladder.runs[-1], rung_run("rr_9", Rung.PROMPT, None)
    services.ladder.runs.insert(0, waiting)
    about: dict[str, Any] = {"subject": "rung_run", "family": "answers/starter/prompt/prior"}
    services.estimates.kept = [
        estimate(subject_id=done.id, low=60.0, mid=90.0, high=180.0, actual=75.0, **about),
        estimate(subject_id="rr_9", low=120.0, mid=130.0, high=240.0, actual=None, **about),
    ]
    user = await open_page(view.build_step, step="prompt")
    await user.should_see("Measuring it took")
    await user.should_see("75 s; estimated 60 s to 3 min (a prior)")
    await user.should_see("not known: say in the estimator what an hour of this machine costs")
    await user.should_see("Estimated 2 min to 4 min (a prior).")


async def test_a_number_of_the_rules_is_changed_named_and_taken_back(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    climbed(services.ladder)
    user = await open_page(view.build_step, step="verdict")
    await user.should_see("all as shipped")
    await user.should_see("OpenAI, optimising LLM accuracy")
    assert field(user, "threshold-dominant-share").value == 50
    with pytest.raises(AssertionError):
        field(user, "threshold-min-examples")
    field(user, "threshold-dominant-share").set_value(60)
    await user.should_see("1 changed for this project", retries=30)
    await user.should_see("Changed here from 50 %, our judgement.")
    assert services.thresholds.of("prj_1").dominant_share == 0.6
    assert shell.n_saved == 1
    field(user, "threshold-mixed-share").set_value(70)
    await user.should_see("mixed_share (70 %) would exceed dominant_share (60 %).", retries=30)
    user.find(marker="threshold-reset-dominant-share").click()
    await user.should_see("all as shipped", retries=30)
    assert services.thresholds.of("prj_1").dominant_share == 0.5
    with user:
        assert await undo_stack().undo()
    await user.should_see("1 changed for this project", retries=30)
    services.ladder.said_verdict = services.ladder.said_verdict.with_(
        changed=tuple(one for one in services.thresholds.all("prj_1") if one.changed)
    )
    shell.news.emit(None)
    words = "Share of failures from which one cause decides: 60 % instead of 50 %."
    await user.should_see(words, retries=30)


async def test_passages_that_hold_an_answer_are_noted_by_key_and_taken_back(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    services.retrieval.create("prj_1", "Documents")
    services.retrieval.become(CorpusStatus.READY, n_documents=1)
    user = await open_page(view.build_step, step="rag")
    await user.should_see(marker="corpus-no-gold")
    user.find(marker="corpus-next-question").click()
    await user.should_see("Goods can be returned within 14 days.", retries=30)
    assert field(user, "corpus-question").value == "Question 1"
    assert services.retrieval.searched[-1][0] == "Question 1"
    user.find(marker="corpus-gold-1").click()
    await user.should_see("Measure the search on 1 known place", retries=30)
    assert field(user, "corpus-gold-1").props["aria-pressed"] == "true"
    assert [one.prompt_hash for one in services.retrieval.places] == ["h1"], "of the example"
    assert shell.n_saved == 1
    with user:
        assert await undo_stack().undo()
    await user.should_see(marker="corpus-no-gold", retries=30)
    assert services.retrieval.places == []
    keys = user.find(kind=Keys)
    keys.trigger("keydown", "1")
    await until(lambda: bool(services.retrieval.places))
    keys.trigger("keydown", "n")
    await until(lambda: services.retrieval.searched[-1][0] == "Question 2")
    await user.should_see("Holds the answer", retries=30)
    keys.trigger("keydown", "7")
    await until(lambda: field(user, "corpus-gold-1").props["aria-pressed"] == "false")
    assert len(services.retrieval.places) == 1, "there is no seventh passage"


async def test_what_a_file_said_is_shown_and_not_noted_again(
    open_page: Open, services: Any
) -> None:
    services.retrieval.create("prj_1", "Documents")
    services.retrieval.become(CorpusStatus.READY, n_documents=1)
    services.retrieval.places = [
        Gold(
            corpus_id="cor_1",
            prompt_hash="h9",
            document_key="handbook.md",
            start=10,
            end=20,
            question="How long?",
        )
    ]
    user = await open_page(view.build_step, step="rag")
    field(user, "corpus-question").set_value("How long?")
    user.find(marker="corpus-search").click()
    await user.should_see("holds the answer, says your file", retries=30)
    await user.should_not_see(marker="corpus-gold-1")
