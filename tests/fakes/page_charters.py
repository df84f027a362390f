"""Charters, estimates and endpoints in memory, for the ladder's pages."""

from __future__ import annotations

from datetime import date
from typing import Any

from studio.domain.charters import Charter, SignOff, Template, UseCase
from studio.domain.costing import Estimate, Figure, MemoryEstimate, MethodOption
from studio.domain.endpoints import Dialect, Endpoint
from tests.fakes.ladder_values import (
    charter,
)
from tests.fakes.page_values import START


class FakeCharters:
    """One project's charter in memory."""

    def __init__(self) -> None:
        self.kept = [charter()]
        self.saves = 0

    def templates(self) -> list[Template]:
        return [
            Template(
                use_case=UseCase.SUPPORT,
                title="Customer support",
                objective="Answer the usual questions at once and pass on the rest.",
                metric="token_f1",
                target=0.7,
                system_prompt="Answer as the client's support would.",
                task_type="chat",
                watch_out="Answers sound right and are out of date.",
            )
        ]

    def get(self, project_id: str) -> Charter:
        return self.kept[-1]

    def begin(self, project_id: str, use_case: UseCase) -> Charter:
        now = self.kept[-1]
        template = next((t for t in self.templates() if t.use_case is use_case), None)
        filled: dict[str, Any] = {"use_case": use_case}
        if template is not None:
            filled |= {
                "objective": now.objective or template.objective,
                "metric": now.metric or template.metric,
                "target": template.target if now.target is None else now.target,
            }
        self.kept[-1] = now.with_(**filled)
        return self.kept[-1]

    def save(self, charter: Charter) -> Charter:
        self.saves += 1
        if charter == self.kept[-1]:
            return charter
        if self.kept[-1].signed is not None:
            n = self.kept[-1].number + 1
            self.kept.append(charter.with_(id=f"chr_{n}", number=n, signed=None))
        else:
            self.kept[-1] = charter
        return self.kept[-1]

    def sign(self, project_id: str, name: str, role: str = "") -> Charter:
        signed = SignOff(name=name, role=role, at=START)
        self.kept[-1] = self.kept[-1].with_(signed=signed)
        return self.kept[-1]

    def history(self, project_id: str) -> list[Charter]:
        return list(reversed(self.kept))


class FakeEstimates:
    """Two ways to tune: one here, one at a provider that ends soon."""

    def __init__(self) -> None:
        self.kept: list[Estimate] = []

    def all(self, project_id: str) -> list[Estimate]:
        return self.kept

    def methods(self, project_id: str, model_id: str | None = None) -> list[MethodOption]:
        memory = MemoryEstimate(
            terms=(), total=1_400_000_000, context=0, verdict="fits", available=8_000_000_000
        )
        unknown = Figure(unit="USD", basis="nobody knows")
        return [
            MethodOption(
                backend="local",
                method="lora",
                model=model_id or "starter",
                device="CPU, 2 cores",
                memory=memory,
                duration=Figure(low=300, mid=420, high=600, unit="s", basis="a prior"),
                training_cost=Figure(low=0.01, mid=0.02, high=0.03, unit="USD", basis="power"),
                serving_cost_month=unknown,
            ),
            MethodOption(
                backend="openai",
                method="full",
                model="gpt-4.1-mini",
                device="hosted",
                duration=unknown,
                training_cost=Figure(low=1, mid=1.2, high=1.5, unit="USD", basis="a price"),
                serving_cost_month=Figure(low=4, mid=5, high=6, unit="USD", basis="a price"),
                shutdown_date=date(2027, 1, 14),
                blocked_because="It ends before your horizon.",
            ),
        ]


class FakeEndpoints:
    """One endpoint on another machine."""

    def all(self) -> list[Endpoint]:
        return [
            Endpoint(
                id="end_1",
                name="openai",
                base_url="https://api.example.com/v1",
                models=("gpt-small",),
                dialect=Dialect.OPENAI,
                trains=("gpt-small", "gpt-large"),
                created_at=START,
            )
        ]

    def get(self, name: str) -> Endpoint:
        return next(one for one in self.all() if one.name == name)
