"""What DuckDB and the disk say reaches people as a sentence and a hint."""

from __future__ import annotations

import errno

import duckdb
import pytest

from studio.domain.errors import Conflict, DataFolderInUse, InvalidInput, StorageFailed
from studio.store.failures import DISK_FULL, RULES, disk_error, translated

HEARD = (
    ('Could not write file "x.wal": No space left on device', StorageFailed, "disk is full"),
    ("IO Error: There is not enough space on the disk.", StorageFailed, "disk is full"),
    (
        "Could not set lock on file: Conflicting lock is held in python (PID 9)",
        DataFolderInUse,
        "using",
    ),
    ("Corrupt database file: computed checksum 1 does not match", StorageFailed, "damaged"),
    ("file exists, but it is not a valid DuckDB database file!", StorageFailed, "damaged"),
    ("Cannot open file: Permission denied", StorageFailed, "cannot be written"),
    ('Constraint Error: Duplicate key "id: 1"', Conflict, "contradicts"),
    ("Out of Memory Error: could not allocate block", StorageFailed, "more memory"),
    ("cannot encode str as UTF-8, surrogate", InvalidInput, "surrogate"),
    ("", StorageFailed, "refused the operation"),
    ("Something new\nand long", StorageFailed, r"\(Something new\)"),
)


@pytest.mark.parametrize(("text", "kind", "told"), HEARD)
def test_an_error_is_told_in_plain_words(text: str, kind: type[Exception], told: str) -> None:
    error = translated(duckdb.Error(text))
    assert type(error) is kind
    with pytest.raises(kind, match=told):
        raise error


def test_every_rule_says_what_happened_and_what_to_do() -> None:
    for _, _, message, hint in RULES:
        assert message.endswith(".") and hint.endswith(".")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_has_the_same_words_everywhere(number: int) -> None:
    assert disk_error(OSError(number, "x"), "write").message == DISK_FULL


def test_other_disk_errors_say_what_was_tried() -> None:
    told = disk_error(OSError(errno.EACCES, "Permission denied"), "make a backup")
    assert told.message == "The studio could not make a backup: Permission denied."
