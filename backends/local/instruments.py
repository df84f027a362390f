"""Instruments: counts tokens and tries the speed of training, each in a worker of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from backends.durable import replace
from backends.local import hardware, process, ranks
from studio.domain.datasets import Example
from studio.domain.errors import WorkerFailed
from studio.domain.models import BaseModel
from studio.domain.sizing import Machine, Probe
from studio.domain.training import Method
from studio.domain.values import new_id, now

TIMEOUT = 600
"""Seconds a count may take; a million short texts take a tenth of that."""
FOLDER = ".probes"


class LocalInstruments:
    """Measures on this machine."""

    def __init__(self, runs_dir: Path) -> None:
        self._folder = runs_dir / FOLDER

    def machine(self) -> Machine:
        """Looks at the hardware."""
        return Machine(**asdict(hardware.device()))

    def tokens(self, texts: Sequence[str], model: BaseModel) -> list[int]:
        """Asks a worker that loads the model's tokenizer and nothing else."""
        if not texts:
            return []
        try:
            done = subprocess.run(
                [sys.executable, "-m", "backends.local.count", model.path],
                input=json.dumps(list(texts)),
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=TIMEOUT,
                env=process.environment(),
                cwd=process.ROOT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise WorkerFailed(
                f"Counting tokens took longer than {TIMEOUT} seconds.",
                hint="Count fewer texts at once.",
            ) from error
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["no output"])[-1]
            raise WorkerFailed(
                f"Counting tokens with {model.name} failed: {last}",
                hint="Verify the base model on the Models page.",
            )
        return [int(n) for n in json.loads(done.stdout.splitlines()[-1])]

    def encoded(self, texts: Sequence[str], encoding: str) -> list[int]:
        """Counts in this process: tiktoken is small and quick to load."""
        return ranks.count(texts, encoding)

    def probe(
        self,
        model: BaseModel,
        method: Method,
        examples: Sequence[Example],
        seconds: float,
        progress: Callable[[str, float | None], None],
    ) -> Probe:
        """Runs the probe worker and keeps its result where plans find it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        progress("Loading the model", None)
        with tempfile.TemporaryDirectory(dir=self._folder) as scratch:
            folder = Path(scratch)
            asked = {
                "model": model.model_dump(mode="json"),
                "method": method,
                "seconds": seconds,
                "examples": [example.model_dump(mode="json") for example in examples],
            }
            (folder / "probe.json").write_text(json.dumps(asked), encoding="utf-8")
            with (
                (folder / "worker.log").open("wb") as log,
                process.start("backends.local.probe", scratch, stderr=log) as worker,
            ):
                assert worker.stdout is not None
                for line in worker.stdout:
                    if line.startswith('{"share"'):
                        progress("Training", json.loads(line)["share"])
            result = folder / "result.json"
            if not result.exists():
                text = (folder / "worker.log").read_text(encoding="utf-8", errors="replace")
                last = (text.strip().splitlines() or ["no output"])[-1]
                raise WorkerFailed(
                    f"The speed test ended with code {worker.returncode}: {last}",
                    hint="Close other programs if memory was short, or choose QLoRA.",
                )
            done = json.loads(result.read_bytes())
        found = Probe(
            id=new_id("probe"),
            model_id=model.id,
            parameters=model.facts.parameters,
            method=method,
            examples=f"{len(examples)} examples",
            device=hardware.device().name,
            tokens_per_second=done["tokens"] / done["seconds"],
            at=now(),
            **{key: done[key] for key in ("steps", "tokens", "seconds", "memory_bytes")},
        )
        replace(self._folder / f"{model.id}-{method}.json", found.model_dump_json())
        return found


def kept(runs_dir: Path, model_id: str, method: str) -> Probe | None:
    """Returns the last probe of a model and method here, else of any, None when there was none."""
    files = sorted(
        (runs_dir / FOLDER).glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True
    )
    found = [Probe.model_validate_json(path.read_bytes()) for path in files]
    same = [one for one in found if (one.model_id, one.method) == (model_id, method)]
    return next(iter(same or found), None)
