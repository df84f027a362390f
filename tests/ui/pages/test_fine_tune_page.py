"""The fine-tune form, the table of runs and the page of one run as a user meets them."""

from typing import Any

from nicegui import ui
from nicegui.testing import User

from studio.domain.jobs import Event, JobStatus
from studio.domain.training import Blocker
from studio.ui.kit.live_chart import LiveChart
from studio.ui.pages.fine_tune import view
from tests.fakes.page_shell import FakeShell
from tests.fakes.page_values import START, job, model_version, run
from tests.ui.pages.conftest import Open, until


def enabled(user: User, marker: str) -> bool:
    return not next(iter(user.find(marker=marker).elements)).props.get("disabled", False)


def write(user: User, marker: str, text: str) -> None:
    field = next(iter(user.find(marker=marker).elements))
    assert isinstance(field, ui.input)
    with user:
        field.set_value(text)


async def test_the_form_says_what_the_run_will_take_and_starts_it(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    user = await open_page(view.build_new)
    await user.should_see("5 min to 10 min", retries=30)
    await user.should_see("2.0 GB needed, 8.0 GB free")
    await user.should_see("These figures rest on: A prior: nothing was trained here yet.")
    assert enabled(user, "tune-start")
    user.find(marker="tune-effort-thorough").click()
    await user.should_see("Working out what this needs …")
    await user.should_not_see("Working out what this needs …", retries=30)
    user.find(marker="tune-start").click()
    user.find(marker="tune-start").click()
    await until(lambda: bool(shell.went))
    assert services.training.started[0].hyperparameters.epochs == 5
    assert shell.went == ["/jobs/job_1"]
    assert len(services.training.started) == 1


async def test_a_blocker_keeps_start_from_being_pressed(open_page: Open, services: Any) -> None:
    services.training.blockers = (Blocker(what="Too little memory.", remedy="Take QLoRA."),)
    user = await open_page(view.build_new)
    await user.should_see("Take QLoRA.", retries=30)
    assert not enabled(user, "tune-start")


async def test_rows_that_do_not_fit_are_left_out_on_request_and_brought_back(
    open_page: Open, services: Any
) -> None:
    rows = ("ex_1", "ex_2")
    services.training.blockers = (Blocker(what="2 too long.", remedy="Cut.", example_ids=rows),)
    user = await open_page(view.build_new)
    await user.should_see("Line 1: Question 1", retries=30)
    user.find(marker="plan-leave-out").click()
    await user.should_see("2 rows will stay out of this run.")
    await user.should_see(marker="plan-left-out", retries=30)
    assert enabled(user, "tune-start")
    user.find(marker="notice-action").click()
    await user.should_see("2 too long.", retries=30)


async def test_a_bad_hyperparameter_is_named_at_its_field(open_page: Open) -> None:
    user = await open_page(view.build_new)
    await user.should_see("5 min to 10 min", retries=30)
    write(user, "tune-batch-size", "none")
    await user.should_see("Give a number.")
    await user.should_see("Batch size: Give a number.", retries=30)
    assert not enabled(user, "tune-start")
    user.find(marker="tune-reset").click()
    await user.should_not_see("Give a number.")


async def test_what_was_filled_in_survives_a_reload(open_page: Open, services: Any) -> None:
    user = await open_page(view.build_new)
    await user.should_see("5 min to 10 min", retries=30)
    write(user, "tune-name", "My own name")
    await user.should_see("Working out what this needs …")
    user = await open_page(view.build_new)
    await user.should_see("My own name")


async def test_without_data_or_model_the_form_says_what_comes_first(
    open_page: Open, services: Any
) -> None:
    services.models.base_models = []
    user = await open_page(view.build_new)
    await user.should_see("First, a model to start from")
    services.datasets.sets = []
    user = await open_page(view.build_new)
    await user.should_see("First, some examples")


async def test_the_table_of_runs_follows_the_news(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    services.training.jobs["job_1"] = job(step=10, total_steps=40, eta_seconds=200)
    user = await open_page(view.build)
    await user.should_see("25 % · step 10 of 40")
    services.training.jobs["job_1"] = job(step=20, total_steps=40, eta_seconds=100)
    shell.news.emit(None)
    await user.should_see("50 % · step 20 of 40", retries=30)


async def test_no_runs_is_not_a_blank_table(open_page: Open) -> None:
    user = await open_page(view.build)
    await user.should_see("Nothing trained yet")


async def running(open_page: Open, services: Any, **changes: Any) -> User:
    services.training.jobs["job_1"] = job(step=1, total_steps=8, eta_seconds=70, **changes)
    services.training.news = [
        Event(n=1, at=START, kind="phase", message="Loading the model"),
        Event(n=2, at=START, kind="metrics", data={"step": 1, "loss": 2.0, "epoch": 0.1}),
    ]
    return await open_page(view.build_job, job_id="job_1")


def points(user: User) -> list[list[float]]:
    chart = next(iter(user.find(LiveChart).elements))
    drawn = next(e for e in chart.descendants() if isinstance(e, ui.echart))
    return list(drawn.options["series"][0]["data"])


async def test_a_run_replays_its_history_and_then_grows(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    user = await running(open_page, services)
    await user.should_see("Loading the model")
    assert points(user) == [[1, 2.0]]
    services.training.news.append(
        Event(n=3, at=START, kind="metrics", data={"step": 2, "loss": 1.5})
    )
    services.training.jobs["job_1"] = job(step=2, total_steps=8, eta_seconds=60)
    shell.news.emit(None)
    await user.should_see("Step 2 of 8", retries=30)
    assert points(user) == [[1, 2.0], [2, 1.5]]


async def test_a_finished_run_offers_evaluation_and_chat(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    user = await running(open_page, services)
    services.models.tuned.append(model_version())
    services.training.jobs["job_1"] = job(JobStatus.SUCCEEDED, model_version_id="mv_1")
    shell.news.emit(None)
    await user.should_see(marker="job-model-ready", retries=30)
    await user.should_see("/versions/mv_1")
    chat = next(iter(user.find(marker="job-chat").elements))
    assert chat.props["href"] == "/playground?left=starter&right=mv_1"
    user.find(marker="job-evaluate").click()
    await until(lambda: bool(shell.went))
    assert [made.model_id for made in services.evaluation.runs] == ["starter", "mv_1"]
    assert shell.went == ["/evaluate/ev_1/ev_2"]


async def test_comparing_before_measuring_says_what_is_missing(
    open_page: Open, services: Any
) -> None:
    services.models.tuned.append(model_version())
    user = await running(open_page, services, status=JobStatus.SUCCEEDED, model_version_id="mv_1")
    user.find(marker="job-compare").click()
    await user.should_see("Nothing to compare yet: press “Evaluate against base” first.")


async def test_a_measured_run_opens_its_comparison(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    services.models.tuned.append(model_version())
    services.evaluation.runs = [run("ev_1", "starter"), run("ev_2", "mv_1")]
    user = await running(open_page, services, status=JobStatus.SUCCEEDED, model_version_id="mv_1")
    user.find(marker="job-compare").click()
    await until(lambda: bool(shell.went))
    assert shell.went == ["/evaluate/ev_1/ev_2"]


async def test_cancelling_asks_first_and_says_that_a_checkpoint_is_saved(
    open_page: Open, services: Any
) -> None:
    asked: list[str] = []

    def cancel(job_id: str) -> Any:
        asked.append(job_id)
        services.training.jobs["job_1"] = job(JobStatus.CANCELLING)
        return services.training.jobs["job_1"]

    services.training.cancel = cancel
    user = await running(open_page, services)
    user.find(marker="job-cancel").click()
    await user.should_see("Stop this run?")
    assert asked == []
    user.find(marker="job-cancel-yes").click()
    await user.should_see("Stopping", retries=30)
    assert asked == ["job_1"]


async def test_a_run_that_cannot_go_on_says_why(open_page: Open, services: Any) -> None:
    services.training.why_not_resume = "It stopped before its first checkpoint."
    user = await running(open_page, services, status=JobStatus.CANCELLED)
    await user.should_see("It stopped before its first checkpoint.")
    assert not enabled(user, "job-resume")
