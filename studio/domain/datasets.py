"""Dataset → immutable DatasetVersion of Examples with a fixed Split; what was refused and why."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from studio.domain.values import Value

Role = Literal["system", "user", "assistant"]


class Split(StrEnum):
    """Which part of a version an example belongs to; decided once, by the hash of its prompt."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class DataFormat(StrEnum):
    """The shapes of rows the studio understands."""

    CHAT = "chat"
    """OpenAI chat JSONL: `{"messages": [{"role", "content"}, …]}`."""
    INSTRUCTION = "instruction"
    """Alpaca: `{"instruction", "input"?, "output"}`."""
    PROMPT_COMPLETION = "prompt_completion"
    """`{"prompt", "completion"}`."""
    SHAREGPT = "sharegpt"
    """`{"conversations": [{"from": "human"|"gpt"|"system", "value"}, …]}`."""
    PREFERENCE = "preference"
    """Pairs of answers: OpenAI's `{"input": {"messages"}, "preferred_output",
    "non_preferred_output"}`, or trl's `{"prompt", "chosen", "rejected"}`."""
    COLUMNS = "columns"
    """A table whose columns the user maps to question and answer."""


class Message(Value):
    """One turn of a conversation."""

    role: Role
    content: str


class ColumnMapping(Value):
    """Which column of a table plays which part."""

    prompt: str
    """Column with what the user says."""
    answer: str
    """Column with the answer the model should give."""
    system: str | None = None
    """Column with per-row instructions, if any."""
    context: str | None = None
    """Column with extra material, put after the prompt, if any."""


class Example(Value):
    """One conversation ending in the answer to learn."""

    id: str
    line: int
    """Line (or record number) in the source file, counted from 1."""
    messages: tuple[Message, ...]
    """The turns in order; the last one is the assistant's answer."""
    prompt_hash: str
    """Hash of the normalised prompt: the unit of splitting and of duplicate detection."""
    split: Split
    rejected: str | None = None
    """The worse answer of a preference pair, whose better one is the last turn; None otherwise."""

    @property
    def prompt(self) -> tuple[Message, ...]:
        """Everything before the answer."""
        return self.messages[:-1]

    @property
    def answer(self) -> str:
        """What the model should say."""
        return self.messages[-1].content


class RefusedRow(Value):
    """A row that did not become an example, and why."""

    line: int
    """Line (or record number) in the source file, counted from 1."""
    reason: str
    """What is wrong, in plain words, with the offending value."""
    excerpt: str = ""
    """The first characters of the row, so that it can be found again."""


class RawRow(Value):
    """One record as it was read from a file, before anything is decided about it."""

    line: int
    values: dict[str, Any] | None = None
    """The record's fields; None when the line could not be read at all."""
    error: str = ""
    """Why the line could not be read, empty otherwise."""
    excerpt: str = ""


class SourceFile(Value):
    """A file that was brought in, as it lies in the data folder."""

    id: str
    filename: str
    """Name the user knows it by."""
    path: str
    """Where the untouched copy lies."""
    size: int
    """Bytes."""
    sha256: str


class LabelCount(Value):
    """How often one answer occurs in each split."""

    label: str
    train: int
    validation: int
    test: int


class Balance(Value):
    """Label balance of a version whose answers form a closed set."""

    closed: bool
    """True when the answers repeat enough to be labels: see `core.quality.balance`."""
    labels: tuple[LabelCount, ...] = ()
    """Most frequent first; empty when not closed."""
    rare: tuple[str, ...] = ()
    """Labels with too few training rows to be learnt, or absent from a split."""


class Preview(Value):
    """What an import would give, shown before anything is kept."""

    source: SourceFile
    format: DataFormat
    """Guessed from the rows unless the user chose one."""
    columns: tuple[str, ...]
    mapping: ColumnMapping | None
    """Guessed from names and contents; needed for the `columns` format only."""
    rows: tuple[dict[str, str], ...]
    """The first rows as text, at most 20, for the mapping form."""
    examples: tuple[Example, ...]
    """The first examples as they would be kept, at most 20."""
    n_rows: int
    n_examples: int
    n_duplicates: int
    """Exact repeats of an earlier row, listed among the refused."""
    refused: tuple[RefusedRow, ...]
    """Every refused row."""
    splits: dict[Split, int]
    balance: Balance


class Dataset(Value):
    """A named body of examples that grows by versions."""

    id: str
    project_id: str
    name: str
    created_at: datetime


class DatasetVersion(Value):
    """An immutable set of examples."""

    id: str
    dataset_id: str
    number: int
    """1, 2, 3 … within the dataset."""
    n_examples: int
    splits: dict[Split, int]
    n_refused: int
    content_hash: str
    """SHA-256 over the examples in order; equal hashes mean equal versions."""
    source_filename: str
    source_sha256: str
    format: DataFormat
    mapping: ColumnMapping | None = None
    system_prompt: str = ""
    """Instructions put before every example that has none of its own."""
    created_at: datetime
