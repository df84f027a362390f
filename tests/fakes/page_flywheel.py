"""A flywheel in memory for the pages: one deployment, its policy, and everything together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from studio.domain.deployments import Action, Deployment, LedgerRow, Revision, Slot
from studio.domain.errors import Conflict, NotFound
from studio.domain.retraining import RetrainPolicy
from studio.domain.values import now
from tests.fakes.page_cycles import SENTENCE, FakeRetraining
from tests.fakes.page_traffic import FakeDrift, FakeTraffic


def revision(number: int, **changes: Any) -> Revision:
    """One way of answering."""
    values: dict[str, Any] = {
        "id": f"rev_{number}",
        "deployment_id": "dep_1",
        "number": number,
        "name": f"Letters v{number}",
        "model_id": "mv_1",
        "created_at": now() - timedelta(days=20 - number),
    }
    return Revision(**{**values, **changes})


class FakeDeployments:
    """Slots and a ledger without hashes worth the name."""

    def __init__(self) -> None:
        self.ways = {one.id: one for one in (revision(1), revision(2))}
        self.rows: list[LedgerRow] = []
        self.broken: int | None = None
        self.quarantines = True
        self.made = [
            Deployment(
                id="dep_1",
                project_id="prj_1",
                name="letters",
                description="Sends each letter to a team.",
                salt="salt",
                slots={Slot.CHAMPION: "rev_1", Slot.ANCHOR: "rev_1"},
                created_at=now() - timedelta(days=19),
            )
        ]
        self._row(Action.CREATE, Slot.CHAMPION, None, "rev_1", "anna", "Deployed.", days=19)
        self.promote("dep_1", "rev_2", actor="flywheel", reason=SENTENCE)

    def _row(
        self,
        action: Action,
        slot: Slot,
        before: str | None,
        after: str | None,
        actor: str,
        reason: str,
        days: int = 0,
        share: float = 0.0,
    ) -> None:
        seq = len(self.rows) + 1
        self.rows.append(
            LedgerRow(
                deployment_id="dep_1",
                seq=seq,
                action=action,
                slot=slot,
                from_revision=before,
                to_revision=after,
                share=share,
                actor=actor,
                reason=reason,
                evidence={"p_value": 0.003, "corrections_fixed": 29, "price": None},
                created_at=now() - timedelta(days=days),
                prev_hash="0" * 64,
                row_hash=f"{seq:064d}",
            )
        )

    def _put(self, deployment_id: str, **changes: Any) -> Deployment:
        made = self.get(deployment_id).with_(**changes)
        self.made = [made if one.id == deployment_id else one for one in self.made]
        return made

    def all(self, project_id: str | None = None) -> list[Deployment]:
        return [one for one in self.made if project_id in (None, one.project_id)]

    def get(self, deployment_id: str) -> Deployment:
        return next(one for one in self.made if one.id == deployment_id)

    def named(self, name: str) -> Deployment:
        for one in self.made:
            if one.name == name:
                return one
        raise NotFound(f"There is no deployment {name}.")

    def create(self, *, project_id: str, name: str, model_id: str, **more: Any) -> Deployment:
        if any(one.name == name for one in self.made):
            raise Conflict(f"{name} is taken.", hint="Take another name.")
        given = {key: more[key] for key in ("setup", "suite_version_id")}
        way = revision(1, id=f"rev_{name}", deployment_id=f"dep_{name}", model_id=model_id, **given)
        self.ways[way.id] = way
        made = Deployment(
            id=f"dep_{name}",
            project_id=project_id,
            name=name,
            description=more["description"],
            salt="salt",
            slots={Slot.CHAMPION: way.id},
            created_at=now(),
        )
        self.made.append(made)
        return made

    def change(
        self, deployment_id: str, *, description: str | None = None, may_train: bool | None = None
    ) -> Deployment:
        kept = self.get(deployment_id)
        return self._put(
            deployment_id,
            description=kept.description if description is None else description,
            may_train=kept.may_train if may_train is None else may_train,
        )

    def open_link(self, deployment_id: str) -> Deployment:
        return self._put(deployment_id, link="secret-end")

    def close_link(self, deployment_id: str) -> Deployment:
        return self._put(deployment_id, link="")

    def revisions(self, deployment_id: str) -> list[Revision]:
        return [one for one in self.ways.values() if one.deployment_id == deployment_id]

    def revision(self, revision_id: str) -> Revision:
        return self.ways[revision_id]

    def add_revision(self, deployment_id: str, *, model_id: str, **given: Any) -> Revision:
        number = 1 + len(self.revisions(deployment_id))
        way = revision(number, deployment_id=deployment_id, model_id=model_id, **given)
        self.ways[way.id] = way
        return way

    def place(
        self,
        deployment_id: str,
        slot: Slot,
        revision_id: str,
        *,
        actor: str,
        reason: str,
        share: float | None = None,
    ) -> Deployment:
        slots = self.get(deployment_id).slots
        action = Action.SET_ANCHOR if slot is Slot.ANCHOR else Action.CANARY_START
        self._row(action, slot, slots.get(slot), revision_id, actor, reason)
        kept = self.get(deployment_id).share if share is None else share
        return self._put(deployment_id, slots={**slots, slot: revision_id}, share=kept)

    def promote(
        self, deployment_id: str, revision_id: str | None = None, *, actor: str, reason: str
    ) -> Deployment:
        slots = dict(self.get(deployment_id).slots)
        new = revision_id or slots[Slot.CANDIDATE]
        if self.ways[new].quarantined:
            raise Conflict("It was rolled back and is never promoted again.", hint="Train anew.")
        before = slots[Slot.CHAMPION]
        slots |= {Slot.CHAMPION: new, Slot.PREVIOUS: before}
        slots.pop(Slot.CANDIDATE, None)
        self._row(Action.PROMOTE, Slot.CHAMPION, before, new, actor, reason)
        return self._put(deployment_id, slots=slots, share=0.0)

    def rollback(self, deployment_id: str, *, actor: str, reason: str) -> Deployment:
        slots = dict(self.get(deployment_id).slots)
        gone = slots.pop(Slot.CANDIDATE, None)
        if gone is None:
            gone, slots[Slot.CHAMPION] = slots[Slot.CHAMPION], slots.pop(Slot.PREVIOUS)
        self.ways[gone] = self.ways[gone].with_(quarantined=self.quarantines)
        self._row(Action.ROLLBACK, Slot.CHAMPION, gone, slots[Slot.CHAMPION], actor, reason)
        return self._put(deployment_id, slots=slots, share=0.0)

    def split(self, deployment_id: str, share: float, *, actor: str, reason: str) -> Deployment:
        self._row(Action.CANARY_STEP, Slot.CANDIDATE, None, None, actor, reason, share=share)
        return self._put(deployment_id, share=share)

    def clear(self, deployment_id: str, slot: Slot, *, actor: str, reason: str) -> Deployment:
        slots = dict(self.get(deployment_id).slots)
        gone = slots.pop(slot)
        self._row(Action.STOP, slot, gone, None, actor, reason)
        return self._put(deployment_id, slots=slots)

    def ledger(self, deployment_id: str) -> list[LedgerRow]:
        return self.rows if deployment_id == "dep_1" else []

    def verify(self, deployment_id: str) -> int | None:
        return self.broken


class FakePolicies:
    """One policy; `auto` is locked until a test unlocks it."""

    def __init__(self) -> None:
        self.kept = RetrainPolicy(deployment_id="dep_1", version=0, created_at=now())
        self.locked = "A person must have approved one cycle of this deployment."

    def get(self, deployment_id: str) -> RetrainPolicy:
        return self.kept

    def auto_locked_because(self, deployment_id: str) -> str:
        return self.locked

    def proves(self, deployment_id: str) -> tuple[str, ...]:
        return ("With 74 reference questions nothing can be proven.",)

    def to_yaml(self, deployment_id: str) -> str:
        return f"mode: {self.kept.mode}\n"

    def save(self, policy: RetrainPolicy, *, actor: str) -> RetrainPolicy:
        if policy.version != self.kept.version:
            raise Conflict("Somebody else saved it.", hint="Reload it.")
        self.kept = policy.with_(version=policy.version + 1, changed_by=actor)
        return self.kept

    def arm(self, deployment_id: str, *, actor: str) -> RetrainPolicy:
        return self.save(self.kept.with_(paused_because="", enabled=True), actor=actor)

    def pause(self, deployment_id: str, reason: str) -> RetrainPolicy:
        return self.save(self.kept.with_(paused_because=reason), actor="flywheel")


def add_flywheel(services: Any) -> Any:
    """Gives services in memory what the deployment pages look at."""
    services.deployments = FakeDeployments()
    services.retraining = FakeRetraining()
    services.policies = FakePolicies()
    services.traffic = FakeTraffic()
    services.drift = FakeDrift()
    return services
