"""The dialog that downloads feedback: what is chosen is written, and what was left out is told."""

from pathlib import Path
from typing import Any

import pytest

from studio.domain.curation import Exported
from studio.ui.pages.feedback_files import FeedbackFiles
from studio.ui.pages.review import view
from tests.fakes.page_flywheel import add_flywheel
from tests.fakes.page_review import add_review
from tests.ui.pages.conftest import Open, until


class Exports:
    """Writes one row and remembers what was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []

    def write(self, deployment_id: str, path: Path, *, shape: Any, part: Any) -> Exported:
        self.asked.append((deployment_id, shape, part))
        path.write_bytes(b"{}\n")
        return Exported(shape=shape, part=part, rows=1, report=("1 row was left out.",))


@pytest.fixture
def exports(services: Any) -> Exports:
    services.feedback_exports = Exports()
    made: Exports = services.feedback_exports
    return made


async def test_what_is_chosen_is_written_and_told(open_page: Open, exports: Exports) -> None:
    async def build(services: Any, shell: Any) -> None:
        FeedbackFiles(services, "dep_1", "letters").open()

    user = await open_page(build)
    user.find(marker="feedback-files-shape-kto").click()
    user.find(marker="feedback-files-download").click()
    await user.should_see(marker="feedback-files-rows", retries=30)
    await user.should_see("1 row was left out.")
    assert exports.asked == [("dep_1", "kto", "train")]
    await until(lambda: bool(user.download.http_responses))
    assert user.download.http_responses[0].content == b"{}\n"


async def test_the_review_page_offers_the_file(open_page: Open, services: Any) -> None:
    add_review(add_flywheel(services))
    services.feedback_exports = exports = Exports()
    user = await open_page(view.build)
    await user.should_see(marker="review-download", retries=30)
    user.find(marker="review-download").click()
    await user.should_see(marker="feedback-files-download", retries=30)
    user.find(marker="feedback-files-download").click()
    await user.should_see(marker="feedback-files-rows", retries=30)
    assert exports.asked == [("dep_1", "sft", "train")]
