"""Fetching base models from a hub and from folders, into a library that survives interruptions."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from backends.local import manifest, starter
from backends.local.library import LocalLibrary
from studio.domain.errors import (
    BackendUnavailable,
    Conflict,
    ModelRefused,
    NotFound,
    StorageFailed,
)
from studio.domain.models import ModelSource
from tests.fakes.hub import COMMIT, FakeHub, running
from tests.fakes.model_files import write_model
from tests.small_disk import mounted

TINY = "acme/Tiny-Chat"


def quiet(what: str, share: float | None) -> None:
    pass


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    with running(FakeHub(TINY, write_model(tmp_path / "repository"))) as served:
        yield served


@pytest.fixture
def library(tmp_path: Path, hub: FakeHub) -> LocalLibrary:
    return LocalLibrary(tmp_path / "models", hub_endpoint=hub.endpoint)


def kept(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "models").iterdir() if path.name != ".lock")


def test_a_model_from_the_hub_is_described_and_proven(
    library: LocalLibrary, tmp_path: Path
) -> None:
    model = library.pull(TINY, quiet)
    assert (model.id, model.name, model.source) == ("tiny-chat", TINY, ModelSource.HUB)
    assert (model.revision, model.licence) == (COMMIT, "Apache-2.0")
    assert model.facts.parameters == 88
    assert model.facts.tied_embeddings
    library.verify(model)
    assert kept(tmp_path) == ["tiny-chat"]


def test_only_safe_files_of_the_top_folder_are_fetched(hub: FakeHub, library: LocalLibrary) -> None:
    (hub.folder / "pytorch_model.bin").write_bytes(b"pickle")
    (hub.folder / "modeling_tiny.py").write_text("import os")
    (hub.folder / "onnx").mkdir()
    (hub.folder / "onnx" / "config.json").write_text("{}")
    model = library.pull(TINY, quiet)
    names = {path.name for path in Path(model.path).rglob("*")}
    assert names == {
        "README.md",
        "config.json",
        "manifest.json",
        "model.safetensors",
        "origin.json",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    assert "pytorch_model.bin" not in hub.served


def test_fetching_again_checks_without_downloading(hub: FakeHub, library: LocalLibrary) -> None:
    first = library.pull(TINY, quiet)
    hub.served.clear()
    assert library.pull(TINY, quiet) == first
    assert hub.served == []


def test_fetching_again_mends_a_damaged_model(library: LocalLibrary) -> None:
    model = library.pull(TINY, quiet)
    weights = Path(model.path) / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(ModelRefused, match="model.safetensors was altered"):
        library.verify(model)
    library.verify(library.pull(TINY, quiet))


def test_a_model_that_wants_to_run_code_is_refused_and_leaves_nothing(
    hub: FakeHub, library: LocalLibrary, tmp_path: Path
) -> None:
    write_model(hub.folder, auto_map={"AutoModel": "modeling.Evil"})
    with pytest.raises(ModelRefused, match="auto_map"):
        library.pull(TINY, quiet)
    assert kept(tmp_path) == []


def test_a_repository_without_safetensors_is_refused(hub: FakeHub, library: LocalLibrary) -> None:
    (hub.folder / "model.safetensors").rename(hub.folder / "model.bin")
    with pytest.raises(ModelRefused, match="no safetensors"):
        library.pull(TINY, quiet)


def test_weights_that_differ_from_the_listing_are_refused(
    hub: FakeHub, library: LocalLibrary, tmp_path: Path
) -> None:
    content = bytearray((hub.folder / "model.safetensors").read_bytes())
    content[-1] ^= 1
    hub.lies["model.safetensors"] = bytes(content)
    with pytest.raises(BackendUnavailable, match="damaged"):
        library.pull(TINY, quiet)
    assert kept(tmp_path) == []


@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (404, "RepoNotFound", NotFound, "no model acme/Other"),
        (403, "GatedRepo", ModelRefused, "gated"),
        (500, "", BackendUnavailable, "HTTP 500"),
    ],
)
def test_what_the_hub_refuses_is_said_in_a_sentence(
    hub: FakeHub,
    library: LocalLibrary,
    status: int,
    code: str,
    kind: type[Exception],
    words: str,
) -> None:
    hub.refuses["acme/Other"] = (status, code)
    with pytest.raises(kind, match=words):
        library.pull("acme/Other", quiet)


def test_a_name_that_no_hub_could_have_is_not_asked_for(library: LocalLibrary) -> None:
    with pytest.raises(NotFound, match="is not a model name"):
        library.pull("../../etc/passwd", quiet)


def test_a_hub_out_of_reach_is_said_at_once(tmp_path: Path) -> None:
    library = LocalLibrary(tmp_path / "models", hub_endpoint="http://127.0.0.1:9")
    with pytest.raises(BackendUnavailable, match="cannot be reached"):
        library.pull(TINY, quiet)


def test_a_fetch_stopped_in_the_middle_of_a_file_ends_at_once_and_keeps_nothing(
    hub: FakeHub, library: LocalLibrary, tmp_path: Path
) -> None:
    hub.stalls = "model.safetensors"
    with pytest.raises(Conflict, match="Fetching acme/Tiny-Chat was stopped"):
        library.pull(TINY, quiet, hub.stalled.is_set)
    assert kept(tmp_path) == []
    hub.stalls = ""
    assert library.pull(TINY, quiet).id == "tiny-chat"


def test_a_fetch_can_be_stopped_while_it_waits_for_another(
    hub: FakeHub, library: LocalLibrary, tmp_path: Path
) -> None:
    hub.stalls = "model.safetensors"
    told: list[str] = []

    def noted(what: str, share: float | None) -> None:
        told.append(what)

    with ThreadPoolExecutor(1) as other:
        first = other.submit(library.pull, TINY, quiet, hub.go_on.is_set)
        assert hub.stalled.wait(60)
        with pytest.raises(Conflict):
            library.pull("acme/Second", noted, lambda: True)
        hub.go_on.set()
        with pytest.raises(Conflict):
            first.result(60)
    assert told == ["Waiting for another download to end"]


def test_a_full_disk_is_not_taken_for_a_hub_out_of_reach(hub: FakeHub, tmp_path: Path) -> None:
    hub.stalls = "model.safetensors"
    with mounted(tmp_path / "small", 300_000_000) as disk:
        library = LocalLibrary(disk / "models", hub_endpoint=hub.endpoint)

        def fill(what: str, share: float | None) -> None:
            if what.startswith("Downloading") and not hub.go_on.is_set():
                with suppress(OSError), (disk / "ballast").open("wb") as ballast:
                    while True:
                        ballast.write(bytes(1_000_000))
                hub.go_on.set()

        with pytest.raises(StorageFailed, match="The disk became full while"):
            library.pull(TINY, fill)
        (disk / "ballast").unlink()
        assert [path.name for path in (disk / "models").iterdir()] == [".lock"]


def test_the_starter_model_comes_from_the_hub_when_it_answers(
    hub: FakeHub, library: LocalLibrary
) -> None:
    hub.name = starter.NAME
    model = library.pull(starter.ID, quiet)
    assert (model.id, model.name, model.source) == (starter.ID, starter.NAME, ModelSource.HUB)


def test_a_folder_is_copied_in_without_its_other_files(
    library: LocalLibrary, tmp_path: Path
) -> None:
    folder = write_model(tmp_path / "mine")
    (folder / "photo.png").write_bytes(b"png")
    model = library.add(folder, "Our model")
    assert (model.id, model.name, model.source) == ("our-model", "Our model", ModelSource.FOLDER)
    assert model.licence == "Apache-2.0"
    assert not (Path(model.path) / "photo.png").exists()
    library.verify(model)


def test_the_same_folder_has_the_same_revision_under_any_name(
    library: LocalLibrary, tmp_path: Path
) -> None:
    folder = write_model(tmp_path / "mine")
    assert library.add(folder, "One").revision == library.add(folder, "Two").revision


def test_a_second_model_of_the_same_name_is_refused(library: LocalLibrary, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "mine")
    library.add(folder, "Ours")
    with pytest.raises(Conflict, match="already a model Ours"):
        library.add(folder, "Ours")


def test_models_of_two_publishers_with_one_name_live_side_by_side(
    library: LocalLibrary, tmp_path: Path
) -> None:
    folder = write_model(tmp_path / "mine")
    assert library.add(folder, "acme/Chat").id == "chat"
    assert library.add(folder, "other/Chat").id == "other-chat"


@pytest.mark.parametrize("name", ["training_args.bin", "modeling.py", "weights.pkl"])
def test_a_folder_with_anything_that_runs_is_refused(
    library: LocalLibrary, tmp_path: Path, name: str
) -> None:
    folder = write_model(tmp_path / "mine")
    (folder / name).write_bytes(b"x")
    with pytest.raises(ModelRefused, match=name):
        library.add(folder, "Ours")


def test_a_missing_folder_is_not_found(library: LocalLibrary, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        library.add(tmp_path / "nowhere", "Ours")


def test_what_an_interrupted_fetch_left_behind_is_cleared_and_never_counts(
    library: LocalLibrary, tmp_path: Path
) -> None:
    left = tmp_path / "models" / ".incoming-dead" / "model"
    write_model(left)
    (left / "origin.json").write_text(json.dumps({"name": TINY}))
    model = library.pull(TINY, quiet)
    assert model.id == "tiny-chat"
    assert kept(tmp_path) == ["tiny-chat"]


def test_a_removed_model_is_gone_and_can_be_fetched_again(
    library: LocalLibrary, tmp_path: Path
) -> None:
    model = library.pull(TINY, quiet)
    library.remove(model)
    library.remove(model)
    assert kept(tmp_path) == []
    assert library.pull(TINY, quiet).id == model.id


def test_the_manifest_of_a_kept_model_lists_its_origin(library: LocalLibrary) -> None:
    model = library.pull(TINY, quiet)
    listed = json.loads((Path(model.path) / manifest.NAME).read_text())["files"]
    assert "origin.json" in listed
