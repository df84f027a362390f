"""The evaluation and comparison pages as a user meets them."""

from typing import Any

from nicegui.testing import User

from studio.domain.datasets import Message
from studio.domain.evaluation import Comparison, Confusion, SideBySide
from studio.ui.pages.evaluate import view
from tests.fakes.page_shell import FakeShell
from tests.fakes.page_values import model_version, result, run
from tests.ui.pages.conftest import Open


async def test_models_are_chosen_and_measured(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    services.models.tuned.append(model_version())
    shell.query["model_id"] = "mv_1"
    user = await open_page(view.build)
    await user.should_see("No scores yet")
    await user.should_see("Measure 2 models on 10 examples")
    user.find(marker="evaluate-start").click()
    await user.should_see("2 evaluations started.")
    assert [made.model_id for made in services.evaluation.runs] == ["starter", "mv_1"]
    await user.should_see("Answers are being generated and marked.")


async def test_scores_stand_with_their_interval_and_can_be_compared(
    open_page: Open, services: Any
) -> None:
    services.evaluation.runs = [run("ev_1", "starter", 0.4), run("ev_2", "mv_1", 0.9)]
    user = await open_page(view.build)
    await user.should_see("90.0 %")
    await user.should_see("Tickets v1 · test split")
    compare = next(iter(user.find(marker="evaluate-compare").elements))
    assert compare.props["href"] == "/evaluate/ev_1/ev_2"


async def test_a_running_evaluation_moves_with_the_news(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    services.evaluation.runs = [run("ev_1", "starter", None, done=2, total=10)]
    user = await open_page(view.build)
    await user.should_see("2 of 10 answered")
    services.evaluation.runs = [run("ev_1", "starter", None, done=7, total=10)]
    shell.news.emit(None)
    await user.should_see("7 of 10 answered", retries=30)


async def test_without_models_the_page_says_what_is_missing(open_page: Open, services: Any) -> None:
    services.models.base_models = []
    user = await open_page(view.build)
    await user.should_see("Nothing to measure yet")


async def compared(open_page: Open, services: Any) -> User:
    confusion = Confusion(labels=("billing", "legal"), counts=((5, 0, 0), (3, 2, 0)))
    base = run("ev_1", "starter", 0.4, confusion=confusion)
    tuned = run("ev_2", "mv_1", 0.9, confusion=confusion)
    services.evaluation.runs = [base, tuned]
    services.evaluation.rows = [
        SideBySide(
            example_id=f"ex_{index}",
            prompt=(Message(role="user", content=f"Question {index}"),),
            expected="billing",
            baseline=result(f"ex_{index}", "<b>legal</b>", False),
            candidate=result(f"ex_{index}", "billing", True),
        )
        for index in range(3)
    ]
    services.evaluation.compared = Comparison(
        baseline=base,
        candidate=tuned,
        n=3,
        both_right=0,
        only_candidate=3,
        only_baseline=0,
        both_wrong=0,
        difference=0.5,
        low=0.2,
        high=0.8,
        p_value=0.03,
        verdict="mv_1 is better than starter.",
    )
    return await open_page(view.build_comparison, baseline_id="ev_1", candidate_id="ev_2")


async def test_a_comparison_says_who_is_better_and_how_sure_that_is(
    open_page: Open, services: Any
) -> None:
    user = await compared(open_page, services)
    await user.should_see("mv_1 is better than starter.")
    await user.should_see("+50.0 points")
    await user.should_see("p = 0.030")
    user.find("All metrics").click()
    await user.should_see("Right label")
    user.find("Mistakes").click()
    await user.should_see("Most frequent mistakes")


async def test_answers_are_read_one_after_the_other_as_plain_text(
    open_page: Open, services: Any
) -> None:
    user = await compared(open_page, services)
    await user.should_see("Question 0", retries=30)
    await user.should_see("<b>legal</b>")
    user.find(marker="reader-next").click()
    await user.should_see("Question 1")
    await user.should_see("2 of 3")
    user.find(marker="reader-filter-better").click()
    await user.should_see("1 of 3")
    assert services.evaluation.fetched[-1][2] == "better"


async def test_a_comparison_opened_early_appears_by_itself(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    user = await compared(open_page, services)
    finished = list(services.evaluation.runs)
    services.evaluation.runs[1] = run("ev_2", "mv_1", None, done=1, total=3)
    user = await open_page(view.build_comparison, baseline_id="ev_1", candidate_id="ev_2")
    await user.should_see("1 of 3 answered")
    await user.should_not_see(marker="comparison-verdict")
    services.evaluation.runs = finished
    shell.news.emit(None)
    await user.should_see(marker="comparison-verdict", retries=30)
