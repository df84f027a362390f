"""The estimator's page: five tabs over returns, prices, memory, tokens and its own record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.ui.kit.page_header import PageHeader
from studio.ui.kit.tabs import Tabs
from studio.ui.pages.estimator.case_view import CaseView
from studio.ui.pages.estimator.memory_view import MemoryView
from studio.ui.pages.estimator.memory_vm import MemoryForm
from studio.ui.pages.estimator.prices_view import PricesView
from studio.ui.pages.estimator.record_view import RecordView
from studio.ui.pages.estimator.tokens_view import TokensView
from studio.ui.pages.estimator.vm import EstimatorPage

if TYPE_CHECKING:
    from studio.services.container import Services
    from studio.ui.shell import Shell


async def build(services: Services, shell: Shell) -> None:
    """Draws the page."""
    page = EstimatorPage(services=services, project_id=shell.project_id)
    with PageHeader(
        "Estimator",
        "What each way costs and returns, on which assumptions, and how right the studio was "
        "before.",
    ):
        pass
    Tabs(
        {
            "Business case": CaseView(page, shell).show,
            "Prices": PricesView(page, shell).show,
            "Memory": MemoryView(MemoryForm(services=services)).show,
            "Tokens and speed": TokensView(page).show,
            "Track record": RecordView(page).show,
        },
        label="Estimator",
        value=shell.query.get("tab"),
        marker="estimator-tabs",
    )
