"""The verdict: what to do, on which evidence, by which rules, and what would change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from studio.domain.advice import ChecklistItem, Fired, Rejected, RuleText, Verdict
from studio.domain.ladder import Rung, RungComparison, RungRun
from studio.ui.kit.badge import Tone
from studio.ui.kit.rung_ladder import DrawnRung
from studio.ui.pages import figures
from studio.ui.pages.ladder.fact_words import fact_name, fact_value
from studio.ui.pages.ladder.overview import Overview
from studio.ui.pages.ladder.results_vm import label
from studio.ui.pages.words import RUNG_TITLES

if TYPE_CHECKING:
    from studio.services.container import Services

PHASES = {"before": "Before", "during": "During", "after": "After"}


@dataclass(frozen=True, kw_only=True)
class PairRow:
    """Two rungs compared, as the table shows them."""

    pair: str
    n: str
    difference: str
    interval: str
    p: str
    p_holm: str
    words: str
    tone: Tone


@dataclass(kw_only=True)
class VerdictPage:
    """The verdict of a project and its checklists."""

    services: Services
    project_id: str
    overview: Overview
    items: tuple[ChecklistItem, ...] = ()
    rules: tuple[RuleText, ...] = ()

    def load(self) -> None:
        """Reads checklists and rules; the verdict itself belongs to the overview."""
        self.items = tuple(self.services.ladder.checklist(self.project_id))
        self.rules = tuple(self.services.ladder.rules())

    @property
    def verdict(self) -> Verdict | None:
        """The verdict, None when there is none yet."""
        return self.overview.verdict

    @property
    def report_url(self) -> str:
        """Where the report lies, without its ending."""
        return f"/ui-data/projects/{quote(self.project_id)}/report"

    @property
    def deploy_url(self) -> str:
        """Where what is recommended is deployed; empty while nothing that answers is."""
        verdict = self.verdict
        if verdict is None or verdict.recommended is Rung.STAY:
            return ""
        run = self._carrying(verdict.recommended)
        return f"/deployments?deploy=1&run_id={quote(run.id)}" if run and run.score else ""

    def marks(self) -> list[tuple[str, Tone]]:
        """What the verdict rests on, as words with a tone."""
        verdict = self.verdict
        if verdict is None:
            return []
        marks: list[tuple[str, Tone]] = []
        if not verdict.measured:
            marks.append(("a prior: nothing supports it yet but rules", "warning"))
        elif verdict.confident:
            marks.append(("measured, and luck would not explain it", "good"))
        else:
            marks.append(("measured, but the difference could be luck", "warning"))
        if verdict.human_in_the_loop:
            marks.append(("a person must check every answer", "warning"))
        return marks

    def rungs(self) -> list[DrawnRung]:
        """The ladder as it is drawn, lowest first."""
        verdict = self.verdict
        rejected = {one.rung: one for one in verdict.rejected} if verdict else {}
        chosen = verdict.recommended if verdict else None
        return [self._drawn(rung, chosen, rejected.get(rung)) for rung in Rung]

    def _drawn(self, rung: Rung, chosen: Rung | None, rejected: Rejected | None) -> DrawnRung:
        run = self._carrying(rung)
        because = rejected.because if rejected else ""
        badges: list[tuple[str, Tone]] = []
        if rung is chosen:
            badges.append(("recommended", "good"))
        elif rejected and (run is not None or rejected.rule_ids):
            # A rung that nobody has measured is not ruled out.
            badges.append(("not this one", "plain"))
        drawn: dict[str, Any] = {
            "title": RUNG_TITLES[rung],
            "badges": tuple(badges),
            "chosen": rung is chosen,
            "marker": f"rung-{rung.replace('_', '-')}",
        }
        if run is not None and run.score is not None:
            score = run.score
            return DrawnRung(
                value=score.value,
                low=score.low,
                high=score.high,
                n=score.n,
                detail=label(run),
                **drawn,
            )
        return DrawnRung(detail=because or _unmeasured(rung), **drawn)

    def _carrying(self, rung: Rung) -> RungRun | None:
        verdict = self.verdict
        if verdict is not None and verdict.recommended is rung and verdict.run_id:
            named = (run for run in self.overview.runs if run.id == verdict.run_id)
            return next(named, self.overview.best(rung))
        return self.overview.best(rung)

    def pairs(self) -> list[PairRow]:
        """Every comparison of two rungs."""
        names = {run.id: f"{RUNG_TITLES[run.setup.rung]}" for run in self.overview.runs}
        comparisons = self.verdict.comparisons if self.verdict else ()
        chance = self.verdict.significance if self.verdict else 0.0
        return [_pair(one, names, chance) for one in comparisons]

    def tests(self) -> list[str]:
        """The tests that were used, each once."""
        comparisons = self.verdict.comparisons if self.verdict else ()
        return list(dict.fromkeys(one.test for one in comparisons))

    def phase(self, phase: str) -> list[ChecklistItem]:
        """The points of one checklist."""
        return [one for one in self.items if one.phase == phase]

    def done_of(self, phase: str) -> str:
        """How many of a checklist are done."""
        points = self.phase(phase)
        return f"{sum(one.done for one in points)} of {len(points)} done"

    def tick(self, item_id: str, done: bool) -> None:
        """Ticks a point, or takes the tick away."""
        self.items = tuple(self.services.ladder.tick(self.project_id, item_id, done))

    def item(self, item_id: str) -> ChecklistItem | None:
        """A point by its id."""
        return next((one for one in self.items if one.id == item_id), None)


def seen(fired: Fired) -> list[tuple[str, str]]:
    """The facts that a rule saw, as labels and values."""
    return [(fact_name(name), fact_value(name, value)) for name, value in fired.seen.items()]


def hint(item: ChecklistItem) -> str:
    """Why a point matters, and who ticked it."""
    if not item.done:
        return item.why
    by = {"studio": "Ticked by the studio", "person": "Ticked by a person"}.get(item.by, "Ticked")
    evidence = f": {item.evidence}" if item.evidence else ""
    when = f", {figures.moment(item.at)}" if item.at else ""
    return f"{item.why} {by}{when}{evidence}."


def _unmeasured(rung: Rung) -> str:
    return "Needs no measurement" if rung is Rung.STAY else "Not measured"


def _pair(one: RungComparison, names: dict[str, str], chance: float) -> PairRow:
    better = one.difference > 0
    sure = one.p_holm < chance
    words = ("better" if better else "worse") if sure else "could be luck"
    tone: Tone = ("good" if better else "bad") if sure else "plain"
    low = names.get(one.baseline_id, "an earlier run")
    high = names.get(one.candidate_id, "an earlier run")
    return PairRow(
        pair=f"{high} against {low}",
        n=figures.count(one.n),
        difference=figures.points(one.difference),
        interval=f"{100 * one.low:+.1f} to {100 * one.high:+.1f}",
        p=figures.p_value(one.p_value),
        p_holm=figures.p_value(one.p_holm),
        words=words,
        tone=tone,
    )
