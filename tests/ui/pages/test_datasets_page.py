"""The dataset pages as a user meets them."""

from typing import Any

from nicegui import ui
from nicegui.testing import User

from studio.domain.errors import InvalidDataset, NotFound
from studio.ui.pages.datasets import view
from tests.fakes.page_shell import FakeShell
from tests.ui.pages.conftest import Open, until

UPLOADED = {"detail": {"id": "src_1", "filename": "new tickets.csv", "size": 9}}


async def test_the_list_names_each_dataset_and_its_versions(open_page: Open) -> None:
    user = await open_page(view.build)
    await user.should_see("Tickets")
    await user.should_see("Version 1")
    await user.should_see("80 / 10 / 10")


async def test_no_data_is_not_a_blank_page(open_page: Open, services: Any) -> None:
    services.datasets.sets = []
    user = await open_page(view.build)
    await user.should_see("No datasets yet")
    user.find(marker="datasets-empty-action").click()
    await user.should_see(marker="file-drop")


async def test_trouble_is_not_an_empty_list(open_page: Open, services: Any) -> None:
    def fail(project_id: str) -> Any:
        raise NotFound("The database is gone.", hint="Look for it.")

    services.datasets.all = fail
    user = await open_page(view.build)
    await user.should_see("The database is gone.")
    await user.should_see("Look for it.")
    await user.should_not_see("No datasets yet")


async def uploaded(open_page: Open) -> User:
    user = await open_page(view.build)
    user.find(marker="datasets-import").click()
    await user.should_see(marker="file-drop")
    user.find(marker="file-drop").trigger("uploaded", UPLOADED)
    await user.should_see(marker="import-continue", retries=30)
    return user


async def test_a_file_is_imported_in_three_steps(
    open_page: Open, services: Any, shell: FakeShell
) -> None:
    user = await uploaded(open_page)
    await user.should_see("Refused (1)")
    user.find(marker="import-continue").click()
    await user.should_see("Import 100 examples")
    await user.should_see("Say that 1 row may be left out, or mend the file.")
    user.find(marker="import-agree").click()
    await user.should_not_see("Say that 1 row may be left out, or mend the file.")
    user.find(marker="import-create").click()
    user.find(marker="import-create").click()
    await user.should_see("100 examples imported.", retries=30)
    assert services.datasets.created["name"] == "new tickets"
    assert services.datasets.created["accept_refused"] is True
    assert shell.went == ["/datasets/dsv_2"]
    assert len(services.datasets.kept) == 2


async def test_an_import_survives_a_reload_until_it_is_cancelled(open_page: Open) -> None:
    user = await uploaded(open_page)
    user.find(marker="import-continue").click()
    await user.should_see("Import 100 examples")
    user = await open_page(view.build)
    user.find(marker="datasets-import").click()
    await user.should_see("This is the import you had begun. Cancel starts over.")
    await user.should_see("Import 100 examples", retries=30)
    user.find(marker="import-cancel").click()
    await user.should_see("Version 1")
    user.find(marker="datasets-import").click()
    await user.should_see(marker="file-drop")


async def test_another_column_is_looked_at_at_once(open_page: Open, services: Any) -> None:
    user = await uploaded(open_page)
    answer = next(iter(user.find(marker="import-column-answer").elements))
    assert isinstance(answer, ui.select)
    with user:
        answer.set_value("note")
    await until(lambda: len(services.datasets.previewed) == 2)
    assert services.datasets.previewed[-1]["mapping"].answer == "note"


async def test_a_file_that_cannot_be_read_says_why(open_page: Open, services: Any) -> None:
    services.datasets.failure = InvalidDataset("The file is empty.", hint="Choose another.")
    user = await open_page(view.build)
    user.find(marker="datasets-import").click()
    await user.should_see(marker="file-drop")
    user.find(marker="file-drop").trigger("uploaded", UPLOADED)
    await user.should_see("The file is empty.", retries=30)
    await user.should_see(marker="file-drop")


async def test_a_version_shows_its_figures_and_leads_to_training(
    open_page: Open, shell: FakeShell
) -> None:
    user = await open_page(view.build_version, version_id="dsv_1")
    await user.should_see("Tickets, version 1")
    await user.should_see("Left out (2)")
    tune = next(iter(user.find(marker="version-tune").elements))
    assert tune.props["href"] == "/fine-tune/new?dataset_version_id=dsv_1"
    user.find("Labels").click()
    await user.should_see("rare")
    assert shell.titles == ["Tickets, version 1"]


async def test_an_unknown_version_says_so(open_page: Open) -> None:
    user = await open_page(view.build_version, version_id="dsv_9")
    await user.should_see(marker="error-panel")


async def test_a_dataset_found_in_the_palette_opens_its_newest_version(
    open_page: Open, shell: FakeShell
) -> None:
    shell.query["dataset"] = "ds_1"
    await open_page(view.build)
    assert shell.went == ["/datasets/dsv_1"]
