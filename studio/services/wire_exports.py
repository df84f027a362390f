"""Wire exports: a split of a dataset version as a file, for jobs started in the studio."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from studio.domain.datasets import Example, Split
from studio.domain.errors import NotFound
from studio.domain.wire import WireFile
from studio.services.dataset_files import chat_line
from studio.services.wire_files import WireFileService
from studio.store.datasets import DatasetStore

FILE = re.compile(r"file_([0-9a-f]+)_(train|validation)")


class DatasetFiles:
    """Makes such files when somebody asks for one."""

    def __init__(self, datasets: DatasetStore, files: Callable[[], WireFileService]) -> None:
        self._datasets, self._files = datasets, files

    def make(self, file_id: str, project_id: str) -> WireFile | None:
        """Returns the file of that id, None when it is not that of one of the project's splits."""
        found = FILE.fullmatch(file_id)
        if found is None:
            return None
        try:
            version = self._datasets.version(f"dsv_{found[1]}")
            dataset = self._datasets.dataset(version.dataset_id)
        except NotFound:
            return None
        split = Split(found[2])
        if dataset.project_id != project_id or not version.splits.get(split):
            return None
        file = WireFile(
            id=file_id,
            project_id=project_id,
            filename=f"{dataset.name} v{version.number} {split}.jsonl",
            purpose="fine-tune",
            size=0,
            sha256="",
            created_at=version.created_at,
        )
        return self._files().make(file, _lines(self._datasets.examples(version.id, split)))


def _lines(examples: list[Example]) -> Iterator[bytes]:
    for example in examples:
        yield chat_line(example)
