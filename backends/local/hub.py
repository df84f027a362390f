"""Models from the model hub: what a repository holds, and its safe files brought here."""

from __future__ import annotations

import errno
import json
import logging
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backends.local import growth, manifest, origin, process, safety, wire
from backends.local.growth import Cancelled, Progress
from studio.domain.errors import (
    BackendUnavailable,
    ModelRefused,
    NotFound,
    StorageFailed,
    StudioError,
    WorkerFailed,
)
from studio.domain.models import ModelSource
from studio.domain.values import now

if TYPE_CHECKING:
    from huggingface_hub.hf_api import ModelInfo, RepoSibling

SECONDS_TO_ANSWER = 6.0
"""How long the hub may stay silent before it counts as out of reach."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Hub:
    """Which hub to ask, and as whom."""

    endpoint: str | None = None
    """Address where it is not the one the environment names."""
    token: Callable[[], str | None] = lambda: None
    """Asked for the access token when one may be needed; None is anonymous."""


def fetch(
    name: str, target: Path, progress: Progress, hub: Hub, cancelled: Cancelled = growth.never
) -> origin.Origin:
    """Brings the safe files of a repository into `target` and returns where they came from.

    A process of its own does it, because only a process can be stopped in the middle of a file.

    Raises:
        BackendUnavailable: when the hub cannot be reached or breaks off.
        NotFound: when there is no such repository.
        ModelRefused: when access is refused, or the repository offers no safetensors.
        Conflict: when `cancelled()` turned true meanwhile.
        StorageFailed: when the disk is full.
    """
    progress("Asking the model hub", None)
    wanted = {
        "name": name,
        "target": str(target),
        "endpoint": hub.endpoint,
        "token": hub.token(),  # never in the arguments or the environment: others can read those
    }
    outcome: dict[str, Any] = {}
    with tempfile.TemporaryFile() as complaints:
        worker = process.start("backends.local.fetch", stderr=complaints, env=process.online())
        with worker:
            assert worker.stdin is not None
            with suppress(BrokenPipeError):  # it died at once: what it complained of says why
                worker.stdin.write(json.dumps(wanted) + "\n")
                worker.stdin.flush()
            for line in process.lines(worker, cancelled):
                told = json.loads(line)
                if "what" in told:
                    progress(told["what"], told["share"])
                else:
                    outcome = told
        if cancelled():
            raise growth.stopped(name)
        if "origin" in outcome:
            return origin.Origin.model_validate(outcome["origin"])
        if "failure" in outcome:
            raise wire.error(wire.Failure.model_validate(outcome["failure"]))
        complaints.seek(0)
        log.error("Fetching failed:\n%s", complaints.read().decode(errors="replace"))
    raise WorkerFailed(
        f"Fetching {name} ended with code {worker.returncode}.",
        hint="Try again; close other programs if memory was short. The studio's log has details.",
    )


def bring(
    name: str, target: Path, progress: Progress, *, endpoint: str | None, token: str | None
) -> origin.Origin:
    """Does what `fetch` promises, in this process."""
    import httpx2
    from huggingface_hub import errors, snapshot_download
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    try:
        info = _info(name, endpoint, token)
        chosen = _chosen(name, info)
        total = sum(file.size or 0 for file in chosen)
        growth.require_space(target.parent, total + 200_000_000, name)
        with growth.watched(target, total, f"Downloading {name}", progress):
            snapshot_download(
                info.id,
                revision=info.sha,
                local_dir=target,
                endpoint=endpoint,
                token=token,
                allow_patterns=[file.rfilename for file in chosen],
                etag_timeout=SECONDS_TO_ANSWER,
                max_workers=4,
            )
    except errors.HFValidationError as error:
        raise NotFound(
            f"{name!r} is not a model name.", hint="Names look like `Qwen/Qwen3-0.6B`."
        ) from error
    except (httpx2.HTTPError, errors.OfflineModeIsEnabled, OSError) as error:
        raise _translated(name, error) from error
    shutil.rmtree(target / ".cache", ignore_errors=True)
    _check(chosen, target)
    return origin.Origin(
        name=info.id,
        source=ModelSource.HUB,
        revision=info.sha or "unknown",
        licence=_licence(info),
        created_at=now(),
    )


def _info(name: str, endpoint: str | None, token: str | None) -> ModelInfo:
    from huggingface_hub import HfApi

    return HfApi(endpoint=endpoint, token=token, library_name="ladder-studio").model_info(
        name, timeout=SECONDS_TO_ANSWER, files_metadata=True
    )


def _chosen(name: str, info: ModelInfo) -> list[RepoSibling]:
    chosen = [file for file in info.siblings or () if safety.taken(file.rfilename)]
    if not any(file.rfilename.endswith(".safetensors") for file in chosen):
        raise ModelRefused(
            f"{name} offers no safetensors weights.",
            hint="Choose another model; formats that can run code when read are never loaded.",
        )
    return chosen


def _check(chosen: list[RepoSibling], target: Path) -> None:
    for file in chosen:
        wanted = file.lfs.sha256 if file.lfs else None
        if wanted and manifest.sha256(target / file.rfilename) != wanted:
            raise BackendUnavailable(
                f"{file.rfilename} arrived damaged.", hint="Try the download again."
            )


def _licence(info: ModelInfo) -> str:
    named = getattr(info.card_data, "license", None)
    return origin.SPDX.get(named.lower(), "unknown") if isinstance(named, str) else "unknown"


def _translated(name: str, error: Exception) -> StudioError:
    from huggingface_hub import errors

    log.info("The hub refused %s: %s", name, error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFailed(
            f"The disk became full while {name} was on its way.",
            hint="Free some space and fetch it again; nothing of it is kept.",
        )
    if isinstance(error, errors.GatedRepoError):
        return ModelRefused(
            f"{name} is gated: its publisher wants its terms accepted first.",
            hint="Accept them on the model's page, then set HF_TOKEN and try again.",
        )
    if isinstance(error, errors.RepositoryNotFoundError):
        return NotFound(
            f"The model hub has no model {name}, or it is private.",
            hint="Check the spelling; for a private model set HF_TOKEN.",
        )
    if isinstance(error, errors.HfHubHTTPError):
        status = error.response.status_code
        return BackendUnavailable(
            f"The model hub answered {name} with HTTP {status}.", hint="Try again in a few minutes."
        )
    return BackendUnavailable(
        "The model hub cannot be reached.",
        hint="Check the network and proxy settings, or add a model from a folder.",
    )
