"""Deployments: names, slots and revisions; each change one transaction with its ledger row."""

from __future__ import annotations

from collections.abc import Callable

from studio.domain.deployments import Deployment, LedgerRow, Revision
from studio.domain.errors import Conflict, NotFound
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database

Also = Callable[[Cursor], None]
Row = Callable[[LedgerRow | None], LedgerRow]
"""Last row of a ledger → the one that follows it, which holds its hash."""


def nothing_else(cursor: Cursor) -> None:
    """Adds nothing to the transaction."""


class DeploymentStore:
    """Keeps deployments, their revisions and their ledgers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, deployment: Deployment, revision: Revision, row: Row, also: Also) -> None:
        """Adds a deployment with its first revision; Conflict when the name is taken."""
        with self._database.write() as cursor:
            taken = "SELECT count(*) FROM deployments WHERE name = ? AND id <> ?"
            if cursor.execute(taken, [deployment.name, deployment.id]).scalar():
                raise Conflict(
                    f"There already is a deployment called {deployment.name}.",
                    hint="Choose another name: clients know a deployment by it.",
                )
            rows.add(cursor, "deployments", deployment, "deployment")
            rows.add(cursor, "revisions", revision, "revision")
            _write_row(cursor, row(None))
            also(cursor)

    def all(self, project_id: str | None = None) -> list[Deployment]:
        """Returns the deployments of one project, or of all, by name."""
        with self._database.read() as cursor:
            sql = rows.select(
                Deployment, "deployments", "WHERE $1 IS NULL OR project_id = $1 ORDER BY name"
            )
            return rows.values(cursor.execute(sql, [project_id]), Deployment)

    def get(self, id: str) -> Deployment:
        """Returns a deployment or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, Deployment, "deployments", id, "deployment")

    def named(self, name: str) -> Deployment | None:
        """Returns the deployment of that name, or None."""
        with self._database.read() as cursor:
            sql = rows.select(Deployment, "deployments", "WHERE name = ?")
            return rows.value(cursor.execute(sql, [name]), Deployment)

    def by_link(self, token: str) -> Deployment | None:
        """Returns the deployment whose feedback page has that secret, or None."""
        with self._database.read() as cursor:
            sql = rows.select(Deployment, "deployments", "WHERE link = ? AND link <> ''")
            return rows.value(cursor.execute(sql, [token]), Deployment)

    def describe(self, deployment: Deployment) -> None:
        """Writes what people say of a deployment, and leaves slots and share as they are."""
        with self._database.write() as cursor:
            cursor.execute(
                "UPDATE deployments SET description = ?, may_train = ?, link = ? WHERE id = ?",
                [deployment.description, deployment.may_train, deployment.link, deployment.id],
            )

    def revisions(self, deployment_id: str) -> list[Revision]:
        """Returns the revisions of a deployment, newest first."""
        with self._database.read() as cursor:
            where = "WHERE deployment_id = ? ORDER BY number DESC"
            sql = rows.select(Revision, "revisions", where)
            return rows.values(cursor.execute(sql, [deployment_id]), Revision)

    def revision(self, id: str) -> Revision:
        """Returns a revision or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, Revision, "revisions", id, "revision")

    def known_revision(self, id: str) -> Revision | None:
        """Returns a revision, or None."""
        with self._database.read() as cursor:
            return _revision(cursor, id)

    def add_revision(self, revision: Revision) -> Revision:
        """Adds a revision under the next number; one whose id is known stays as it is."""
        with self._database.write() as cursor:
            if (known := _revision(cursor, revision.id)) is not None:
                return known
            last = cursor.execute(
                "SELECT max(number) FROM revisions WHERE deployment_id = ?",
                [revision.deployment_id],
            ).scalar()
            numbered = revision.with_(number=(last or 0) + 1)
            rows.add(cursor, "revisions", numbered, "revision")
            return numbered

    def move(
        self,
        before: Deployment,
        after: Deployment,
        row: Row,
        *,
        quarantined: str | None = None,
        also: Also = nothing_else,
    ) -> Deployment:
        """Writes slots and share with the ledger row that says why.

        Raises:
            Conflict: when the deployment was changed since `before` was read.
        """
        with self._database.write() as cursor:
            kept = rows.get(cursor, Deployment, "deployments", before.id, "deployment")
            if kept.seq != before.seq:
                raise Conflict(
                    f"{before.name} was changed by somebody else meanwhile.",
                    hint="Look at what it is now, then decide again.",
                )
            next_row = row(_last_row(cursor, before.id))
            moved = kept.with_(slots=after.slots, share=after.share, seq=next_row.seq)
            rows.update(cursor, "deployments", moved)
            _write_row(cursor, next_row)
            if quarantined is not None:
                cursor.execute(
                    "UPDATE revisions SET quarantined = true WHERE id = ?", [quarantined]
                )
            also(cursor)
            return moved

    def ledger(self, deployment_id: str) -> list[LedgerRow]:
        """Returns the changes of a deployment, oldest first."""
        with self._database.read() as cursor:
            where = "WHERE deployment_id = ? ORDER BY seq"
            sql = rows.select(LedgerRow, "deployment_ledger", where)
            return rows.values(cursor.execute(sql, [deployment_id]), LedgerRow)

    def in_slots(self) -> list[tuple[Deployment, Revision]]:
        """Returns every deployment with each revision that one of its slots holds."""
        with self._database.read() as cursor:
            found = rows.values(cursor.execute(rows.select(Deployment, "deployments")), Deployment)
            held = sorted({id for one in found for id in one.slots.values()})
            sql = rows.select(Revision, "revisions", "WHERE id IN (SELECT unnest(?))")
            by_id = {one.id: one for one in rows.values(cursor.execute(sql, [held]), Revision)}
        return [
            (one, by_id[id]) for one in found for id in sorted({*one.slots.values()} & by_id.keys())
        ]


def found(deployment: Deployment | None, name: str) -> Deployment:
    """Returns the deployment, or raises NotFound with the name it was looked for by."""
    if deployment is None:
        raise NotFound(
            f"There is no deployment {name[:100]!r}.",
            hint="`studio deployments list` shows them all.",
        )
    return deployment


def _revision(cursor: Cursor, id: str) -> Revision | None:
    return rows.value(
        cursor.execute(rows.select(Revision, "revisions", "WHERE id = ?"), [id]), Revision
    )


def _last_row(cursor: Cursor, deployment_id: str) -> LedgerRow | None:
    where = "WHERE deployment_id = ? ORDER BY seq DESC LIMIT 1"
    sql = rows.select(LedgerRow, "deployment_ledger", where)
    return rows.value(cursor.execute(sql, [deployment_id]), LedgerRow)


def _write_row(cursor: Cursor, row: LedgerRow) -> None:
    marks = ", ".join("?" for _ in LedgerRow.model_fields)
    # A repeated statement writes the row once; a row that is there is never changed.
    cursor.execute(
        f"INSERT INTO deployment_ledger ({rows.names(LedgerRow)}) VALUES ({marks})"
        " ON CONFLICT DO NOTHING",
        rows.cells(row),
    )
