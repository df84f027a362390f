"""Cycle gate: the states in which a candidate is asked and decided about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from studio.domain.gates import GateDecision
from studio.domain.retraining import CycleState, Mode, RetrainCycle
from studio.services.cycle_steps import CycleSteps, derived
from studio.services.gate_run import GateRun
from studio.services.rollout_watch import RolloutWatch
from studio.store.cursor import Cursor
from studio.store.gates import GateStore
from studio.store.retraining import RetrainingStore


class CycleGate:
    """Asks until every answer is there, decides once, and acts as the policy says."""

    def __init__(
        self,
        store: RetrainingStore,
        gates: GateStore,
        steps: CycleSteps,
        run: GateRun,
        watch: RolloutWatch,
        *,
        must_ask: Callable[[str], str],
        clock: Callable[[], datetime],
    ) -> None:
        """`must_ask(deployment_id)` says why a person has to approve here; empty: none has to."""
        self._store, self._gates = store, gates
        self._steps, self._run, self._watch = steps, run, watch
        self._must_ask, self._clock = must_ask, clock

    def evaluating(self, cycle: RetrainCycle) -> None:
        """Lets the contenders answer one chunk."""
        cycle = self._steps.evaluating(cycle)
        if self._run.ask(cycle):
            message = "Every question is answered; the checks are made."
            self._store.move(cycle, CycleState.GATING, message, at=self._clock())

    def gating(self, cycle: RetrainCycle) -> None:
        """Decides, and writes the decision together with what follows from it."""
        cycle = self._steps.evaluating(cycle)
        if not self._run.ask(cycle):
            return  # Another champion since: it has to answer first.
        decision = self._run.decide(cycle, derived("gate", cycle.id))
        if decision.verdict == "fail":
            self._end(cycle, decision, CycleState.REJECTED, f"Refused: {decision.summary}")
        elif decision.verdict == "inconclusive":
            self._end(cycle, decision, CycleState.INCONCLUSIVE, decision.summary)
        else:
            self._passed(cycle, decision)

    def _passed(self, cycle: RetrainCycle, decision: GateDecision) -> None:
        asks = self._must_ask(cycle.deployment_id)
        if cycle.policy.mode is Mode.AUTO and not asks:
            self._watch.begin(
                cycle.with_(gate_id=decision.id),
                decision.summary,
                actor="flywheel",
                also=lambda cursor: self._gates.write_decision(cursor, decision),
            )
            return
        message = f"{decision.summary} {asks or 'It waits for somebody to approve it.'}"
        self._end(cycle, decision, CycleState.AWAITING_APPROVAL, message)

    def _end(
        self, cycle: RetrainCycle, decision: GateDecision, to: CycleState, message: str
    ) -> None:
        def decided(cursor: Cursor) -> None:
            self._gates.write_decision(cursor, decision)

        self._store.move(
            cycle,
            to,
            message,
            at=self._clock(),
            evidence={
                "gate": decision.id,
                "verdict": decision.verdict,
                **{check.name: check.verdict for check in decision.checks},
            },
            also=decided,
            gate_id=decision.id,
        )
