"""multipart: a form with one file, read as it arrives; the file never lies in memory whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from studio.api.v1.errors import ApiError, invalid
from studio.services.wire_files import Incoming

PIECE = 4_000_000
"""Bytes in one write to the disk."""
LARGEST_FIELDS = 65_536
"""Bytes of all fields that are no file, names included."""


@dataclass
class Form:
    """What has arrived of a form."""

    fields: dict[str, str] = field(default_factory=dict)
    filename: str = ""
    has_file: bool = False


class _Reading:
    """Takes the parser's calls. Bytes of the file wait in `pending` for their way to the disk."""

    def __init__(self, file_field: str) -> None:
        self.form, self.pending, self.ended = Form(), bytearray(), False
        self._file_field = file_field
        self._small, self._header = bytearray(), (bytearray(), bytearray())
        self._headers: dict[bytes, bytes] = {}
        self._name, self._in_file, self._seen = "", False, 0

    def part_begins(self) -> None:
        """A part begins with its headers."""
        self._headers, self._small = {}, bytearray()

    def header_name(self, data: bytes, start: int, end: int) -> None:
        """A piece of a header's name."""
        self._header[0].extend(data[start:end])

    def header_value(self, data: bytes, start: int, end: int) -> None:
        """A piece of a header's value."""
        self._header[1].extend(data[start:end])

    def header_ends(self) -> None:
        """A header is whole."""
        name, value = (bytes(part) for part in self._header)
        self._headers[name.lower()] = value
        self._count(len(name) + len(value))
        self._header = (bytearray(), bytearray())

    def headers_end(self) -> None:
        """What follows belongs to a field or to the file."""
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = _text(options.get(b"name", b""))
        self._in_file = self._name == self._file_field
        if self._in_file:
            if self.form.has_file:
                raise invalid(f"The form has two parts named '{self._name}'.", self._name)
            self.form.has_file = True
            self.form.filename = _text(options.get(b"filename", b""))

    def part_data(self, data: bytes, start: int, end: int) -> None:
        """A piece of a field or of the file."""
        if self._in_file:
            self.pending.extend(data[start:end])
        else:
            self._count(end - start)
            self._small.extend(data[start:end])

    def part_ends(self) -> None:
        """A field is whole."""
        if self._in_file:
            return
        if self._name in self.form.fields:
            raise invalid(f"The form has two parts named '{self._name}'.", self._name)
        self.form.fields[self._name] = _text(bytes(self._small))

    def end(self) -> None:
        """The closing boundary came."""
        self.ended = True

    def _count(self, more: int) -> None:
        self._seen += more
        if self._seen > LARGEST_FIELDS:
            raise ApiError(413, "The fields of the form are too large.", code="too_large")


async def receive(request: Request, file_field: str, incoming: Incoming) -> Form:
    """Reads a form and writes its file to `incoming`.

    Raises:
        ApiError: 413 as soon as the file has no room, 400 for anything that is no whole form.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise invalid(f"Send a multipart form with the file in its field '{file_field}'.")
    reading = _Reading(file_field)
    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": reading.part_begins,
            "on_header_field": reading.header_name,
            "on_header_value": reading.header_value,
            "on_header_end": reading.header_ends,
            "on_headers_finished": reading.headers_end,
            "on_part_data": reading.part_data,
            "on_part_end": reading.part_ends,
            "on_end": reading.end,
        },
    )
    most = incoming.room
    try:
        async for chunk in request.stream():
            parser.write(chunk)
            if len(reading.pending) > incoming.room:
                raise _too_large(file_field, most)
            if len(reading.pending) > PIECE:
                await _write(reading, incoming)
    except FormParserError as error:
        raise invalid(f"The form cannot be read: {error}.") from error
    if not reading.ended:
        raise invalid("The form is cut off: its last boundary is missing.")
    await _write(reading, incoming)
    if not reading.form.has_file:
        raise invalid(
            f"Missing required parameter: '{file_field}'.", file_field, "missing_required_parameter"
        )
    return reading.form


def _too_large(file_field: str, most: int) -> ApiError:
    return ApiError(
        413,
        f"'{file_field}' is larger than {most // 1024**2} MB. Larger files go through /v1/uploads, "
        "in parts.",
        param=file_field,
        code="file_too_large",
        headers={"connection": "close"},  # the rest of the body is still under way
    )


async def _write(reading: _Reading, incoming: Incoming) -> None:
    write: Callable[[bytes], None] = incoming.write
    await run_in_threadpool(write, bytes(reading.pending))
    reading.pending.clear()


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise invalid("The fields of the form must be UTF-8.") from error
