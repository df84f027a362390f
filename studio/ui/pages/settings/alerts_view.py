"""Alerts in Settings: who hears of what becomes of deployments, and what was told lately."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from studio.domain.monitoring import AlertRule
from studio.ui.act import act, done
from studio.ui.kit.badge import Badge
from studio.ui.kit.button import Button
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.expander import Expander
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.text import Text
from studio.ui.kit.undo import undo_notice
from studio.ui.pages.settings import alerts_vm
from studio.ui.pages.settings.alert_dialog import AlertDialog

if TYPE_CHECKING:
    from studio.services.container import Services
    from studio.ui.shell import Shell

SHOWN = 20
COLUMNS = ["When", "What", "Told", "What became of it"]


class AlertList(Stack):
    """Every address with what can be done to it, and the way to another one."""

    def __init__(self, services: Services, shell: Shell) -> None:
        super().__init__(14)
        self.services, self.alerts, self.shell = services, services.alerts, shell
        self.projects: dict[str, str] = {}
        with self:
            self.list = Stack(14)
            with Row(8):
                Button("New alert …", self.begin, marker="new-alert-begin")

    async def show(self) -> None:
        """Reads the addresses and draws them."""
        projects = await act(self.services.projects.all)
        rules, recent = await act(self.alerts.rules), await act(self.alerts.recent, SHOWN)
        if projects is None or rules is None or recent is None or self.is_deleted:
            return
        self.projects = {project.id: project.name for project in projects}
        self.list.clear()
        with self.list:
            if not rules:
                Text("Nobody is told of anything.", "small", marker="no-alerts")
            for rule in rules:
                self._one(rule)
            if recent:
                with Expander("What was told lately", marker="alerts-recent"):
                    told = [alerts_vm.row(alert) for alert in recent]
                    DataTable(COLUMNS, told, caption="What was told lately")

    def _one(self, rule: AlertRule) -> None:
        told = alerts_vm.line(rule, self.projects)
        with Stack(4, marker=f"alert-{rule.id}"):
            with Row(8):
                Text(told.address, "mono", inline=True)
                Badge(told.by, "plain")
            Text(told.hears_of, "small")
            Text(told.project, "small")
            said = Text("", "small", marker=f"alert-said-{rule.id}")
            said.props["role"] = "status"
            with Row(4):
                test = Button(
                    "Send a test",
                    partial(self.test, rule, said),
                    kind="quiet",
                    marker=f"alert-test-{rule.id}",
                )
                test.props["aria-label"] = f"Send a test to {rule.address}"
                remove = Button(
                    "Remove",
                    partial(self.remove_rule, rule),
                    kind="quiet",
                    marker=f"alert-remove-{rule.id}",
                )
                remove.props["aria-label"] = f"Remove the alert to {rule.address}"

    def begin(self) -> None:
        """Opens the form for another address."""
        with self:
            AlertDialog(self.services, self.projects, self.shell.project_id, self._changed).open()

    async def test(self, rule: AlertRule, said: Text) -> None:
        """Sends an example and says what became of it."""
        said.set_text("Sending …")
        told = await act(self.alerts.test, rule.id)
        if not said.is_deleted:
            said.set_text("" if told is None else alerts_vm.became(told))

    async def remove_rule(self, rule: AlertRule) -> None:
        """Lets an address hear nothing more, with a way back."""
        if await done(self.alerts.remove, rule.id):
            await self._changed()
            undo_notice(f"{rule.address} hears nothing more.", partial(self._restore, rule))

    async def _restore(self, rule: AlertRule) -> None:
        if await done(self.alerts.restore, rule):
            await self._changed()

    async def _changed(self) -> None:
        self.shell.saved()
        await self.show()
