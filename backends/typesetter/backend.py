"""TypstTypesetter: a template and its data become a PDF in a process that may die instead."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from studio.domain.errors import WorkerFailed

ROOT = Path(__file__).resolve().parents[2]
PASSED_ON = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH")
"""The only variables the child sees."""
SECONDS = 120
"""A report takes one or two; beyond this the process is ended."""


class TypstTypesetter:
    """Implements `studio.domain.interfaces.Typesetter`."""

    def pdf(self, template: Path, data: str) -> bytes:
        """Returns the PDF that the template makes of the JSON data.

        Raises:
            WorkerFailed: with the typesetter's own words when it refuses.
        """
        with tempfile.TemporaryDirectory(prefix="report-") as scratch:
            folder = Path(scratch)
            shutil.copyfile(template, folder / "report.typ")
            (folder / "report.json").write_text(data, encoding="utf-8")
            self._run(folder)
            return (folder / "report.pdf").read_bytes()

    def _run(self, folder: Path) -> None:
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        try:
            subprocess.run(
                [sys.executable, "-m", "backends.typesetter.compile", str(folder)],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=True,
            )
        except subprocess.TimeoutExpired as error:
            raise WorkerFailed(
                f"Typesetting the report took more than {SECONDS} seconds.",
                hint="The HTML report has the same content.",
            ) from error
        except subprocess.CalledProcessError as error:
            said = (error.stderr or "").strip().splitlines()
            raise WorkerFailed(
                f"The report could not be typeset: {said[-1] if said else 'no reason given'}.",
                hint="The HTML report has the same content.",
            ) from error
