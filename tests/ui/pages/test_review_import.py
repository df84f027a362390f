"""Past feedback is brought in where it is reviewed."""

from __future__ import annotations

from typing import Any

import pytest
from nicegui.testing import User

from studio.domain.datasets import RefusedRow
from studio.domain.errors import InvalidDataset
from studio.domain.feedback import Imported
from studio.ui.kit.file_drop import FileDrop
from studio.ui.pages.review import view
from tests.fakes.page_flywheel import add_flywheel
from tests.fakes.page_review import add_review
from tests.ui.pages.conftest import Open


class Imports:
    """Says what it is told to of any file."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.found: Imported | InvalidDataset = Imported(
            kept=37,
            repeated=2,
            refused=(RefusedRow(line=4, reason="There is no answer.", excerpt="<b>row</b>"),),
        )

    def source(self, deployment_id: str, source_id: str) -> Imported:
        self.asked.append((deployment_id, source_id))
        if isinstance(self.found, InvalidDataset):
            raise self.found
        return self.found


@pytest.fixture
def imports(services: Any) -> Imports:
    add_review(add_flywheel(services))
    services.feedback_imports = Imports()
    made: Imports = services.feedback_imports
    return made


async def dropped(open_page: Open) -> User:
    user = await open_page(view.build)
    await user.should_see(marker="review-import", retries=30)
    user.find(marker="review-import").click()
    await user.should_see(marker="feedback-import", retries=30)
    told = {"id": "source_1", "filename": "past.csv", "size": 10}
    user.find(kind=FileDrop).trigger("uploaded", {"detail": told})
    return user


async def test_what_became_of_every_row_is_shown(open_page: Open, imports: Imports) -> None:
    user = await dropped(open_page)
    await user.should_see("37 kept, 2 known already, 1 refused.", retries=30)
    await user.should_see("There is no answer.")
    await user.should_see("<b>row</b>")
    assert imports.asked == [("dep_1", "source_1")]


async def test_a_file_that_cannot_be_read_says_why(open_page: Open, imports: Imports) -> None:
    imports.found = InvalidDataset("The file is no table.", hint="Save it as CSV.")
    user = await dropped(open_page)
    await user.should_see("The file is no table.", retries=30)
