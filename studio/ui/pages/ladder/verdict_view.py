"""The verdict on the screen: headline, drawn ladder, rules, tests, what would change it, lists."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from nicegui import ui

from studio.domain.advice import ChecklistItem, Fired, Verdict
from studio.ui.act import done
from studio.ui.kit.badge import Badge
from studio.ui.kit.bullets import Bullets
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.empty_state import EmptyState
from studio.ui.kit.expander import Expander
from studio.ui.kit.facts import Facts
from studio.ui.kit.heading import Heading
from studio.ui.kit.layout import Columns, Row, Stack
from studio.ui.kit.rung_ladder import RungLadder
from studio.ui.kit.text import Text
from studio.ui.kit.tick_line import TickLine
from studio.ui.pages.ladder.frame import Frame
from studio.ui.pages.ladder.rules_view import draw_all_rules
from studio.ui.pages.ladder.steps import Step, step_path
from studio.ui.pages.ladder.thresholds_view import ThresholdsView
from studio.ui.pages.ladder.thresholds_vm import ThresholdsPage, named
from studio.ui.pages.ladder.verdict_vm import PHASES, VerdictPage, hint, seen
from studio.ui.pages.ladder.words import BASES, OUTCOMES
from studio.ui.pages.words import RUNG_TITLES


class VerdictView:
    """Draws the step; every decision is the view model's."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.page = VerdictPage(
            services=frame.services, project_id=frame.project_id, overview=frame.overview
        )

        self.numbers = ThresholdsPage(services=frame.services, project_id=frame.project_id)

    def load(self) -> None:
        """Reads the checklists and the rules' numbers."""
        self.page.load()
        self.numbers.load()

    def draw(self) -> None:
        """The verdict, the numbers behind its rules, then the checklists."""
        self.body = Stack(16)
        self.ticks: dict[str, TickLine] = {}
        self.show()
        ThresholdsView(self.numbers, self.frame.shell, self.frame.stale)
        self.draw_checklists()

    async def news(self) -> None:
        """Draws the verdict anew when it differs from what is shown."""
        if self.page.verdict != self.drawn:
            self.show()

    def show(self) -> None:
        """The verdict as it is now."""
        self.drawn = verdict = self.page.verdict
        self.body.clear()
        with self.body:
            if verdict is None:
                problem = self.page.overview.problem
                EmptyState(
                    "No verdict yet",
                    str(problem) if problem else "Measure a prompt first.",
                    ("Go to the prompt", step_path(Step.PROMPT)),
                    icon="gavel",
                    marker="verdict-empty",
                )
                return
            self.draw_headline(verdict)
            self.draw_ladder()
            self.draw_rules(verdict.fired)
            self.draw_tests()
            self.draw_rest(verdict)

    def draw_headline(self, verdict: Verdict) -> None:
        """What to do, and why in a few sentences."""
        with Card(marker="verdict-headline"):
            Heading(verdict.headline, level=2).classes("ls-headline")
            with Row(8):
                Badge(f"Recommended: {RUNG_TITLES[verdict.recommended]}", "info")
                for words, tone in self.page.marks():
                    Badge(words, tone)
            Bullets(verdict.because, marker="verdict-because")
            if verdict.changed:
                Text("Reached with this project's own numbers", "strong")
                Bullets(named(verdict.changed), marker="verdict-changed")
            if verdict.next_steps:
                Text("What to do next", "strong")
                Bullets(verdict.next_steps, marker="verdict-next")
            with Row(8):
                Button(
                    "Report (PDF)",
                    # Not a link: the pages' own navigation would follow it.
                    lambda: ui.download.from_url(f"{self.page.report_url}.pdf"),
                    kind="primary",
                    icon="picture_as_pdf",
                    marker="verdict-report",
                )
                Button(
                    "Read it as a page",
                    href=f"{self.page.report_url}.html",
                    icon="article",
                    new_tab=True,
                    marker="verdict-report-html",
                )
                if self.page.deploy_url:
                    Button(
                        "Deploy this",
                        href=self.page.deploy_url,
                        icon="rocket_launch",
                        marker="verdict-deploy",
                    )
                Button(
                    "Business case",
                    href="/estimator",
                    icon="calculate",
                    marker="verdict-business-case",
                )

    def draw_ladder(self) -> None:
        """Every rung with its score."""
        with Card(
            "The ladder",
            subtitle="The best run of each rung with its 95 % interval. Higher rungs cost more to "
            "build and to keep.",
            marker="verdict-ladder",
        ):
            RungLadder(self.page.rungs(), label="Rungs, the highest first")

    def draw_rules(self, fired: Sequence[Fired]) -> None:
        """Every rule that applies, with its source."""
        with Card(
            "Why: the rules that apply",
            subtitle="Each says where its threshold comes from. Open one to see what it looked at.",
            marker="verdict-rules",
        ):
            if not fired:
                Text("No rule applies yet.", "muted")
            for one in fired:
                self.draw_rule(one)
            draw_all_rules(self.page.rules, fired)

    def draw_rule(self, fired: Fired) -> None:
        """One rule, folded."""
        rule = fired.rule
        outcome, tone = OUTCOMES[rule.outcome]
        basis = BASES[rule.basis]
        expander = Expander(
            f"{rule.id} · {rule.effect}",
            hint=f"{outcome} · threshold: {basis.title.lower()}",
            marker=f"rule-{rule.id}",
        )
        with expander:
            with Row(8):
                Badge(outcome, tone)
                Badge(basis.title, "warning" if rule.basis == "judgement" else "plain")
            Text(rule.because)
            if fired.here:
                Text(fired.here)
            facts = [("When", rule.condition), ("Source", rule.source)]
            if rule.threshold:
                facts.append(("Its numbers", rule.threshold))
            facts.append(("Threshold", basis.sentence))
            if fired.overruled_by:
                facts.append(("Overruled by", f"rule {fired.overruled_by}"))
            Facts([*facts, *seen(fired)])

    def draw_tests(self) -> None:
        """Paired tests between rungs."""
        rows = self.page.pairs()
        with Card(
            "Could the differences be luck?",
            subtitle="Rungs answered the same examples, so they are compared pair by pair. Holm's "
            "correction keeps many comparisons from finding something by chance.",
            marker="verdict-tests",
        ):
            if not rows:
                Text("Two rungs must be measured on the same examples first.", "muted")
                return
            DataTable(
                ["", "Examples", "Difference", "95 % interval", "p", "p after Holm", ""],
                [
                    [
                        row.pair,
                        row.n,
                        row.difference,
                        row.interval,
                        row.p,
                        row.p_holm,
                        partial(Badge, row.words, row.tone),
                    ]
                    for row in rows
                ],
                caption="Paired tests between rungs",
                numeric=(1, 2, 3, 4, 5),
                marker="verdict-pairs",
            )
            for test in self.page.tests():
                Text(f"Test: {test}", "small")

    def draw_rest(self, verdict: Verdict) -> None:
        """Rejected rungs, what would change the verdict, what nobody has checked."""
        with Columns(220, gap=16, even=True):
            with Card("Not these rungs", marker="verdict-rejected"):
                for one in verdict.rejected:
                    with Stack(1):
                        rules = f" ({', '.join(one.rule_ids)})" if one.rule_ids else ""
                        Text(f"{RUNG_TITLES[one.rung]}{rules}", "strong")
                        Text(one.because)
                if not verdict.rejected:
                    Text("Nothing has been ruled out yet.", "muted")
            with Card("What would change this", marker="verdict-change"):
                Bullets(verdict.would_change or ("Nothing that the studio knows of.",))
            with Card("Not verified", marker="verdict-not-verified"):
                Bullets(verdict.not_verified or ("Everything above was measured here.",))

    # --- checklists -----------------------------------------------------------------------------

    def draw_checklists(self) -> None:
        """What to look after before, during and after a fine-tune."""
        with Card(
            "Checklists for a fine-tune",
            subtitle="The studio ticks what it knows; the rest is yours.",
            marker="verdict-checklists",
        ):
            self.counts: dict[str, Expander] = {}
            for phase, title in PHASES.items():
                with Expander(
                    title, hint=self.page.done_of(phase), marker=f"checklist-{phase}"
                ) as expander:
                    self.counts[phase] = expander
                    for item in self.page.phase(phase):
                        self.draw_item(item)

    def draw_item(self, item: ChecklistItem) -> None:
        """One point."""
        self.ticks[item.id] = TickLine(
            item.text,
            item.done,
            partial(self.tick, item.id),
            hint=hint(item),
            marker=f"tick-{item.id}",
        )

    async def tick(self, item_id: str, value: bool) -> None:
        """Keeps a tick."""
        if not await done(self.page.tick, item_id, value):
            return
        self.frame.shell.saved()
        item = self.page.item(item_id)
        if item is not None:
            self.ticks[item_id].set_hint(hint(item))
            self.counts[item.phase].set_hint(self.page.done_of(item.phase))
