"""The chapters about what was measured: decision, ladder, failures, what was tuned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from studio.core.reports import charts, words
from studio.domain.advice import Basis, Fired, Outcome
from studio.domain.ladder import FailureKind, Rung, RungRun
from studio.domain.reports import (
    Block,
    Bullets,
    Callout,
    Chart,
    Dossier,
    Pairs,
    Paragraph,
    Section,
    Specimen,
    Table,
)
from studio.domain.thresholds import Threshold

SPECIMENS = 3
"""Wrong answers shown of each kind."""
BASES: dict[Basis, str] = {
    Basis.PRIMARY: "from the source itself",
    Basis.SECONDARY: "sourced at second hand",
    Basis.JUDGEMENT: "our judgement, a setting",
    Basis.COMPUTED: "computed",
    Basis.NONE: "no threshold",
}
OUTCOMES: dict[Outcome, str] = {
    Outcome.BLOCK: "Stops",
    Outcome.RECOMMEND: "Recommends",
    Outcome.WARN: "Warns",
}


def decision(dossier: Dossier) -> Section:
    """Says what is recommended, why, and what was turned down."""
    verdict, charter = dossier.verdict, dossier.charter
    blocks: list[Block] = [
        Callout(
            tone="good" if verdict.confident else "caution",
            title=verdict.headline,
            text=" ".join(verdict.because),
        ),
        Pairs(
            rows=(
                ("Recommended", words.RUNGS[verdict.recommended]),
                (
                    "Rests on",
                    "a measurement on the client's own examples"
                    if verdict.measured
                    else "rules and priors only: nothing was measured that carries it",
                ),
                (
                    "Statistical support",
                    "a paired test, corrected for the number of comparisons"
                    if verdict.confident
                    else "none yet: the difference may be chance",
                ),
                ("Target", f"{words.share(charter.target)} {charter.metric or ''}".strip()),
                ("A person checks the answers", words.yes(verdict.human_in_the_loop)),
            )
        ),
    ]
    if verdict.changed:
        named = "; ".join(
            f"{one.meaning.rstrip('.')}: {one.words} instead of {one.default_words}"
            for one in verdict.changed
        )
        blocks.append(
            Callout(title="The rules were used with this project's own numbers", text=f"{named}.")
        )
    if verdict.next_steps:
        blocks += [Paragraph(text="Next steps:"), Bullets(items=verdict.next_steps)]
    if verdict.rejected:
        rows = tuple(
            (words.RUNGS[r.rung], r.because, ", ".join(r.rule_ids) or "–") for r in verdict.rejected
        )
        blocks.append(Table(caption="Turned down", head=("Rung", "Because", "Rules"), rows=rows))
    if verdict.would_change:
        blocks += [
            Paragraph(text="What would change this verdict:"),
            Bullets(items=verdict.would_change),
        ]
    return Section(id="decision", title="Decision", blocks=tuple(blocks))


def ladder(dossier: Dossier) -> Section:
    """Shows every rung that was measured, with intervals and paired tests."""
    best = best_runs(dossier.runs)
    if not best:
        nothing = Callout(tone="caution", title="No rung has been measured yet.")
        return Section(id="ladder", title="The ladder, measured", blocks=(nothing,))
    recommended = dossier.verdict.recommended
    bars = [
        (
            words.RUNGS[run.setup.rung],
            run.score.value,
            run.score.low,
            run.score.high,
            "best" if run.setup.rung is recommended else "base",
        )
        for run in best
        if run.score is not None
    ]
    rows = tuple(
        (
            words.RUNGS[run.setup.rung],
            run.model_name,
            words.score(run.score),
            words.money(run.cost_per_1000, "USD"),
            words.seconds(run.latency_p95),
            _mean(run.prompt_tokens),
        )
        for run in best
    )
    said = "; ".join(f"{label} {value:.1%}" for label, value, *_ in bars)
    blocks: list[Block] = [
        _suite(dossier),
        Chart(
            svg=charts.interval_bars(bars, dossier.charter.target),
            alt=f"Score of each rung: {said}.",
            caption="Best run of each rung with its 95 % interval.",
        ),
        Table(
            caption="Every rung on the same examples",
            head=("Rung", "Model", "Score", "1,000 answers", "95 % within", "Tokens in"),
            rows=rows,
            numeric=(3, 4, 5),
        ),
        *(_comparisons(dossier, best)),
        *(_retrieval(best)),
    ]
    return Section(id="ladder", title="The ladder, measured", blocks=tuple(blocks))


def rules(dossier: Dossier) -> Section:
    """Lists the rules that applied, with source and standing of each threshold."""
    fired, changed = dossier.verdict.fired, dossier.verdict.changed
    blocks: list[Block] = [Paragraph(text="No rule applied to what is known.")]
    if fired:
        blocks = [
            Table(
                caption="Rules that applied",
                head=("Rule", "Says", "Because", "Source", "Threshold"),
                rows=tuple(_rule(one) for one in fired),
            )
        ]
    if changed:
        blocks.append(
            Table(
                caption="Thresholds changed for this project; all are judgements",
                head=("Threshold", "What it means", "Default", "Here", "Rules"),
                rows=tuple(_threshold(one) for one in changed),
                numeric=(2, 3),
            )
        )
    return Section(id="rules", title="Rules behind the decision", blocks=tuple(blocks))


def failures(dossier: Dossier) -> Section:
    """Counts the wrong answers by kind and shows some of each whole."""
    labelled = [f for f in dossier.failures if f.label is not None]
    if not labelled:
        text = f"{len(dossier.failures)} wrong answers are known; none has been labelled."
        blocks: list[Block] = [Paragraph(text=text)]
        return Section(id="failures", title="What went wrong", blocks=tuple(blocks))
    counts = Counter(f.label.kind for f in labelled if f.label is not None)
    rows = tuple(
        (words.FAILURES[kind], str(counts[kind]), words.share(counts[kind] / len(labelled)))
        for kind in FailureKind
        if counts[kind]
    )
    blocks = [
        Table(
            caption=f"{len(labelled)} wrong answers, labelled by a person",
            head=("Kind", "Answers", "Share"),
            rows=rows,
            numeric=(1, 2),
        )
    ]
    for kind in FailureKind:
        shown = [(f, f.label) for f in labelled if f.label is not None and f.label.kind is kind]
        blocks += [
            Specimen(
                label=": ".join(filter(None, (words.FAILURES[kind], label.note))),
                question=f.result.question,
                expected=f.result.expected,
                given=f.result.output or "(no answer)",
            )
            for f, label in shown[:SPECIMENS]
        ]
    return Section(id="failures", title="What went wrong", blocks=tuple(blocks))


def best_runs(runs: Sequence[RungRun]) -> list[RungRun]:
    """Returns the best scored run of each rung, lowest rung first."""
    best: dict[Rung, RungRun] = {}
    for run in runs:
        if run.score is None:
            continue
        held = best.get(run.setup.rung)
        if held is None or held.score is None or run.score.value > held.score.value:
            best[run.setup.rung] = run
    return [best[rung] for rung in Rung if rung in best]


def _suite(dossier: Dossier) -> Paragraph:
    name = dossier.dataset.name if dossier.dataset else "a dataset that is gone"
    number = f" version {dossier.version.number}" if dossier.version else ""
    split = f", {dossier.suite.split} split" if dossier.suite else ""
    examples = f"{dossier.suite_size:,} examples of {name}{number}{split}"
    return Paragraph(text=f"All rungs answered the same {examples}.")


def _mean(tokens: float | None) -> str:
    return words.UNKNOWN if tokens is None else f"{tokens:,.0f}"


def _rule(one: Fired) -> tuple[str, ...]:
    rule = one.rule
    threshold = f"{rule.threshold} – " if rule.threshold else ""
    said = f"{OUTCOMES[rule.outcome]}: {rule.effect}"
    if one.overruled_by:
        said = f"{said} Overruled by rule {one.overruled_by}."
    because = f"{rule.because} {one.here}".strip()
    return (rule.id, said, because, rule.source, threshold + BASES[rule.basis])


def _threshold(one: Threshold) -> tuple[str, ...]:
    # Chance and shares of the whole ladder are looked at by the verdict itself.
    rules = ", ".join(one.rules) or "the verdict"
    return (one.name, one.meaning, one.default_words, one.words, rules)


def _comparisons(dossier: Dossier, best: Sequence[RungRun]) -> list[Block]:
    names = {run.id: words.RUNGS[run.setup.rung] for run in best}
    rows = tuple(
        (
            f"{names[c.candidate_id]} against {names[c.baseline_id]}",
            words.points(c.difference),
            f"{words.points(c.low)} to {words.points(c.high)}",
            words.p_value(c.p_value),
            words.p_value(c.p_holm),
            c.test,
        )
        for c in dossier.verdict.comparisons
        if c.candidate_id in names and c.baseline_id in names
    )
    if not rows:
        return []
    return [
        Table(
            caption="Paired tests between rungs",
            head=("Rungs", "Difference", "95 % interval", "p", "p after Holm", "Test"),
            rows=rows,
            numeric=(1, 2, 3, 4),
        )
    ]


def _retrieval(best: Sequence[RungRun]) -> list[Block]:
    rows = tuple(
        (
            words.RUNGS[run.setup.rung],
            run.retrieval.mode,
            words.share(run.retrieval.hit_at_1),
            words.share(run.retrieval.hit_at_5),
            f"{run.retrieval.mrr:.3f}",
            f"{run.retrieval.ndcg_at_10:.3f}",
            str(run.retrieval.n),
        )
        for run in best
        if run.retrieval is not None
    )
    if not rows:
        return []
    return [
        Table(
            caption="Is the right passage found? Questions whose passage is known",
            head=("Rung", "Search", "First", "Among five", "MRR", "nDCG@10", "Questions"),
            rows=rows,
            numeric=(2, 3, 4, 5, 6),
        )
    ]
