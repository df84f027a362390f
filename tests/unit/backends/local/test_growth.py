"""Progress is read off a folder; too small a disk is said before anything is fetched."""

import time
from pathlib import Path

import pytest

from backends.local import growth
from studio.domain.errors import DoesNotFit


def test_progress_follows_the_folder(tmp_path: Path) -> None:
    told: list[tuple[str, float | None]] = []
    with growth.watched(
        tmp_path, 100, "Downloading", lambda what, share: told.append((what, share))
    ):
        (tmp_path / "part").write_bytes(bytes(50))
        deadline = time.monotonic() + 10
        while told[-1][1] != 0.5 and time.monotonic() < deadline:
            pass
    assert told[0] == ("Downloading", 0.0)
    assert told[-1] == ("Downloading", 0.5)


def test_an_unknown_size_is_told_as_unknown(tmp_path: Path) -> None:
    told: list[float | None] = []
    with growth.watched(tmp_path, 0, "Downloading", lambda what, share: told.append(share)):
        pass
    assert told == [None]


def test_too_small_a_disk_is_said_with_both_figures(tmp_path: Path) -> None:
    with pytest.raises(DoesNotFit, match=r"1000000\.0 GB of disk, but .* GB are free"):
        growth.require_space(tmp_path, 10**15, "The model")
