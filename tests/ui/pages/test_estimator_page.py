"""The estimator as a user meets it: figures, edited assumptions, own prices, the record."""

from __future__ import annotations

from typing import Any

import pytest
from nicegui.testing import User

from studio.domain.costing import ErrorRecord
from studio.domain.errors import InvalidInput
from studio.ui.pages.estimator import view
from tests.fakes import money
from tests.fakes.page_shell import FakeShell
from tests.ui.pages.conftest import Open, until


@pytest.fixture
def services(services: Any) -> Any:
    services.costing, services.estimates = money.FakeCosting(), money.FakeRecord()
    return services


async def tab(open_page: Open, shell: FakeShell, title: str) -> User:
    shell.query["tab"] = title
    return await open_page(view.build)


async def test_the_case_says_what_the_best_arm_is_worth(open_page: Open) -> None:
    user = await open_page(view.build)
    await user.should_see("Arm fine_tune_local is worth 640 USD over 12 months")
    await user.should_see("Nobody has said what a right answer is worth.")
    await user.should_see("-900 USD to 2,000 USD")
    await user.should_see("at no volume")


async def test_the_return_on_what_is_spent_stands_beside_the_worth(
    open_page: Open, services: Any
) -> None:
    arm = money.returns("fine_tune_local", 640.0).with_(roi=1.057)
    services.costing.present = money.case(arms=(money.returns("stay", 0.0), arm))
    user = await open_page(view.build)
    await user.should_see("Return on costs")
    await user.should_see("+106 %")


async def test_nothing_pays_back_is_an_answer(open_page: Open, services: Any) -> None:
    services.costing.present = money.case(best="stay")
    user = await open_page(view.build)
    await user.should_see("nothing pays back: stay as you are")


async def test_without_a_case_the_way_to_one_is_shown(open_page: Open, services: Any) -> None:
    services.costing.present = InvalidInput("No volume is known.")
    user = await open_page(view.build)
    await user.should_see("No volume is known.")
    await user.should_see("Open the charter")


async def test_an_assumption_that_was_changed_is_kept_and_can_be_taken_back(
    open_page: Open, services: Any
) -> None:
    user = await open_page(view.build)
    await user.should_see(marker="assume-labelling.unit")
    field = user.find(marker="assume-labelling.unit")
    next(iter(field.elements)).set_value(0.75)
    await until(lambda: services.costing.calls == [("assume", "labelling.unit")])
    await user.should_see("Price of labelling.unit changed.")
    user.find(marker="unassume-labelling.unit").click()
    await until(lambda: services.costing.calls[-1] == ("unassume", "labelling.unit"))


async def test_range_source_and_owner_of_an_assumption_are_stated_and_taken_back(
    open_page: Open, services: Any
) -> None:
    user = await open_page(view.build)
    await user.should_see(marker="assume-more-labelling.unit")
    user.find(marker="assume-more-labelling.unit").click()
    await user.should_see("So far: judgement. It stands in the report.")
    for marker, value in (
        ("assumption-value", 0.75),
        ("assumption-low", 0.6),
        ("assumption-high", 1.5),
        ("assumption-source", "three offers"),
        ("assumption-owner", "Ada"),
    ):
        next(iter(user.find(marker=marker).elements)).set_value(value)
    user.find(marker="assumption-keep").click()
    await user.should_see("three offers. Range 0.6 to 1.5. Ada stands for it.", retries=30)
    # A figure typed afterwards keeps what was said of it.
    next(iter(user.find(marker="assume-labelling.unit").elements)).set_value(0.8)
    await until(lambda: services.costing.present.assumptions[0].value == 0.8)
    kept = services.costing.present.assumptions[0]
    assert (kept.source, kept.owner) == ("three offers", "Ada")
    user.find(marker="unassume-labelling.unit").click()
    await until(lambda: not services.costing.present.assumptions[0].edited)
    await user.should_see("judgement. Range 0.1 to 2.")


async def test_a_range_that_cannot_be_is_refused_in_its_window(
    open_page: Open, services: Any
) -> None:
    user = await open_page(view.build)
    await user.should_see(marker="assume-more-labelling.unit")
    user.find(marker="assume-more-labelling.unit").click()
    await user.should_see(marker="assumption-keep")
    field = next(iter(user.find(marker="assumption-value").elements))
    field.set_value(None)
    user.find(marker="assumption-keep").click()
    await user.should_see("Put in a number, or close this window.", retries=30)
    field.set_value(-1)
    user.find(marker="assumption-keep").click()
    await user.should_see("It is a number of 0 or more.", retries=30)
    assert services.costing.calls == []


async def test_a_refused_figure_says_why_beside_its_field(open_page: Open, services: Any) -> None:
    user = await open_page(view.build)
    await user.should_see(marker="assume-labelling.unit")
    next(iter(user.find(marker="assume-labelling.unit").elements)).set_value(-1)
    await user.should_see("It is a number of 0 or more.", retries=30)
    assert services.costing.calls == []


async def test_old_prices_are_marked_and_an_own_one_stands_beside(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    user = await tab(open_page, shell, "Prices")
    await user.should_see("2 prices of 2 are older than 90 days or undated")
    await user.should_see("undated · old")
    user.find(marker="price-change-gpu-1").click()
    await user.should_see("The list says 0.80 USD / GPU-hour (2026-07-20).")
    next(iter(user.find(marker="price-value").elements)).set_value(0.5)
    user.find(marker="price-keep").click()
    await user.should_see("yours", retries=30)
    assert services.costing.listed[0].overridden
    user.find(marker="price-reset-gpu-1").click()
    await until(lambda: not services.costing.listed[0].overridden)


async def test_tokens_are_counted_and_an_empty_text_is_refused(
    open_page: Open, shell: FakeShell
) -> None:
    user = await tab(open_page, shell, "Tokens and speed")
    await user.should_see(marker="tokens-count")
    user.find(marker="tokens-count").click()
    await user.should_see("Write or paste a text first.")
    next(iter(user.find(marker="tokens-text").elements)).set_value("three short words")
    user.find(marker="tokens-count").click()
    await user.should_see("3 tokens in 3 words.", retries=30)


async def test_memory_of_any_fine_tune_is_told_part_by_part(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    user = await tab(open_page, shell, "Memory")
    await user.should_see(marker="memory-go")

    def put(marker: str, value: Any) -> None:
        next(iter(user.find(marker=marker).elements)).set_value(value)

    put("memory-model", "Llama-3.1-8B")
    put("memory-method", "qlora")
    put("memory-seq-len", 2048.0)
    put("memory-checkpointing", "yes")
    user.find(marker="memory-go").click()
    await user.should_see("It fits. The GPU's driver takes about", retries=30)
    await user.should_see("Together, on each GPU")
    model, method, available, levers = services.estimates.asked
    assert (model, method, available) == ("Llama-3.1-8B", "qlora", 24 * 2**30)
    assert (levers["seq_len"], levers["checkpointing"], levers["chunked_loss"]) == (
        2048,
        True,
        None,
    )
    put("memory-gpu", None)
    put("memory-checkpointing", "usual")
    put("memory-model", "Maker/starter")
    user.find(marker="memory-go").click()
    await user.should_see("Say how much memory one GPU has", retries=30)
    await user.should_see("A shape guessed from its size.")
    assert services.estimates.asked[3]["checkpointing"] is None
    put("memory-micro-batch", 100.0)
    user.find(marker="memory-go").click()
    await user.should_see("So many examples at once cannot be estimated.", retries=30)


async def test_a_probe_tells_what_it_measured(open_page: Open, shell: FakeShell) -> None:
    user = await tab(open_page, shell, "Tokens and speed")
    await user.should_see(marker="probe-start")
    user.find(marker="probe-start").click()
    await user.should_see("540 tokens/s (measured here)", retries=30)


async def test_the_record_shows_estimates_beside_actuals(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    services.estimates.kept = [
        money.estimate(actual=100.0, actual_at=money.NOW),
        money.estimate(id="estimate_2", kind="memory_bytes", low=1e9, mid=2e9, high=3e9),
        money.estimate(
            id="estimate_3",
            subject="rung_run",
            family="answers/endpoint:office/gpt-small/few_shot/prior",
            low=None,
            mid=None,
            high=None,
            actual=42.0,
        ),
    ]
    services.estimates.errors = [
        ErrorRecord(
            kind="seconds", family="local", n=4, mape=0.12, bias=-0.05, within=1.0, factor=1.05
        )
    ]
    user = await tab(open_page, shell, "Track record")
    await user.should_see("60 s to 3 min")
    await user.should_see("2 min")
    await user.should_see("not yet")
    await user.should_see("Few-shot: answers of endpoint:office/gpt-small, from a prior")
    await user.should_see("not known")
    await user.should_see("42 s")
    await user.should_see("12.0 %")


async def test_without_a_record_the_page_says_how_one_comes_about(
    open_page: Open, shell: FakeShell
) -> None:
    user = await tab(open_page, shell, "Track record")
    await user.should_see("Nothing was estimated yet")
