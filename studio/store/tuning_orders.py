"""Tuning orders: fine-tunes that clients of the OpenAI wire asked for, moved by compare-and-set."""

from __future__ import annotations

from studio.domain.errors import Conflict
from studio.domain.wire import TuningOrder
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database


class TuningOrderStore:
    """Keeps orders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, order: TuningOrder) -> TuningOrder:
        """Adds an order and returns it, or the earlier one that came under the same request name.

        Raises:
            Conflict: when that earlier one asked for something else.
        """
        with self._database.write() as cursor:
            known = _named(cursor, order)
            if known is not None:
                return known
            rows.add(cursor, "tuning_orders", order, "order")
            return order

    def known(self, order: TuningOrder) -> TuningOrder | None:
        """Returns the earlier order that came under the same request name, None without one.

        Raises:
            Conflict: when it asked for something else.
        """
        with self._database.read() as cursor:
            return _named(cursor, order)

    def get(self, id: str) -> TuningOrder:
        """Returns an order or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, TuningOrder, "tuning_orders", id, "fine-tuning job")

    def all(self, project_id: str) -> list[TuningOrder]:
        """Returns a project's orders, newest first."""
        with self._database.read() as cursor:
            where = "WHERE project_id = ? ORDER BY created_at DESC, id"
            sql = rows.select(TuningOrder, "tuning_orders", where)
            return rows.values(cursor.execute(sql, [project_id]), TuningOrder)

    def validating(self) -> list[TuningOrder]:
        """Returns the orders whose files are not checked yet, oldest first."""
        with self._database.read() as cursor:
            where = "WHERE status = 'validating' ORDER BY created_at, id"
            sql = rows.select(TuningOrder, "tuning_orders", where)
            return rows.values(cursor.execute(sql), TuningOrder)

    def reading(self) -> set[str]:
        """Returns the ids of the files that are being checked."""
        named = ((one.training_file, one.validation_file) for one in self.validating())
        return {id for pair in named for id in pair if id is not None}

    def save(self, order: TuningOrder) -> None:
        """Writes how checking an order ended.

        Raises:
            Conflict: when it has ended already.
        """
        with self._database.write() as cursor:
            kept = rows.get(cursor, TuningOrder, "tuning_orders", order.id, "fine-tuning job")
            if kept.status != "validating":
                raise Conflict(f"The order is {kept.status} by now.")
            rows.update(cursor, "tuning_orders", order)


def _named(cursor: Cursor, order: TuningOrder) -> TuningOrder | None:
    if not order.idempotency_key:
        return None
    where = "WHERE project_id = ? AND idempotency_key = ?"
    sql = rows.select(TuningOrder, "tuning_orders", where)
    known = rows.value(cursor.execute(sql, [order.project_id, order.idempotency_key]), TuningOrder)
    if known is not None:
        _refuse_other(order, known)
    return known


def _refuse_other(order: TuningOrder, known: TuningOrder) -> None:
    if order.with_(id=known.id, created_at=known.created_at) != known.with_(
        status="validating", error_code="", error_message="", error_param=None, finished_at=None
    ):
        raise Conflict(
            f"Another request came under the name {order.idempotency_key} before.",
            hint="Give each request an Idempotency-Key of its own.",
        )
