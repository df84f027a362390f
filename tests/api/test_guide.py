"""The examples of the guide run as they stand there, on a real studio with a tiny model."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.domain.keys import MEANING
from studio.domain.models import BaseModel
from studio.ui.pages.settings import programs_vm
from tests.api.node import run_script
from tests.api.real import tuning_studio
from tests.api.wire_desk import rows
from tests.architecture.places import ROOT
from tests.fakes.running_studio import RunningStudio

GUIDE = (ROOT / "docs/guides/use-the-openai-api.md").read_text(encoding="utf-8")
MODEL = "smollm2-135m-instruct"
"""The guide's model; here it has the tiny one's weights."""
PATIENCE = 200.0


def blocks(language: str) -> list[str]:
    """Returns the guide's code in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def studio(
    tmp_path_factory: pytest.TempPathFactory, tiny_models: Callable[[str], BaseModel]
) -> Iterator[RunningStudio]:
    model = tiny_models("llama").with_(id=MODEL)
    with tuning_studio(tmp_path_factory.mktemp("guide"), [model]) as running:
        yield running


@pytest.fixture
def run(studio: RunningStudio, tmp_path: Path) -> Callable[..., str]:
    """Runs a program as the guide's reader does and returns what it printed."""
    (tmp_path / "training.jsonl").write_bytes(rows())
    environment = {**os.environ, **here(studio)}

    def run(*command: str) -> str:
        ran = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}\n{studio.log()}"
        return ran.stdout

    return run


def here(studio: RunningStudio) -> dict[str, str]:
    """Returns the two lines that the guide puts into the environment."""
    (lines,) = [block for block in blocks("text") if "OPENAI_BASE_URL" in block]
    named = dict(line.split("=", 1) for line in lines.splitlines())
    origin = named["OPENAI_BASE_URL"].removesuffix("/v1")
    return {name: told.replace(origin, studio.origin) for name, told in named.items()}


def test_a_model_is_tuned_by_a_script_that_knows_only_openai(run: Callable[..., str]) -> None:
    script = blocks("python")[0]
    assert "ladder" not in script and "studio" not in script and "http" not in script
    told = run(sys.executable, "-c", script)
    assert "Created fine-tuning job: ftjob-" in told
    assert f"New fine-tuned model created: ft:{MODEL}:ladder:teams:" in told
    assert "checkpoint " in told and "step,train_loss" in told and "answer: " in told


def test_settings_of_ours_are_taken_and_the_job_cancelled(run: Callable[..., str]) -> None:
    assert run(sys.executable, "-c", blocks("python")[1]).strip() == "cancelled"


def test_a_batch_is_answered(run: Callable[..., str]) -> None:
    told = run(sys.executable, "-c", blocks("python")[2])
    assert told.count("question-") == 2


def test_feedback_is_sent_to_an_answer(run: Callable[..., str]) -> None:
    assert "'correction': 'delivery'" in run(sys.executable, "-c", blocks("python")[3])


def test_no_example_is_left_out() -> None:
    assert [len(blocks(language)) for language in ("python", "js", "sh")] == [4, 1, 1]


def test_a_model_is_asked_from_node(studio: RunningStudio) -> None:
    told = run_script(blocks("js")[0], **here(studio))
    assert MODEL in told and re.search(r"\d+ tokens", told)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_a_model_is_asked_without_a_client(run: Callable[..., str]) -> None:
    told = run("sh", "-ec", blocks("sh")[0])
    for part in ('"object":"list"', '"object":"file"', '"object":"chat.completion"'):
        assert part in told


def test_the_first_lines_in_settings_run_too(
    run: Callable[..., str], studio: RunningStudio
) -> None:
    shown = programs_vm.examples(f"{studio.origin}/v1")
    assert MODEL in run(sys.executable, "-c", shown["Python"])
    assert MODEL in run_script(shown["Node"])
    if shutil.which("curl"):
        assert MODEL in run("sh", "-ec", shown["curl"])


def test_the_guide_says_what_each_scope_allows() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", GUIDE, re.MULTILINE)
    assert listed == [scope.value for scope in MEANING]
