"""Small real documents made by hand: PDF and Word files, and some that mean harm."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
STYLES = (
    f'<w:styles {W}><w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:styleId="Sub"><w:name w:val="Own style"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr>'
    "</w:style></w:styles>"
)


def pdf(path: Path, pages: Sequence[bytes], *, extra: Mapping[int, bytes] | None = None) -> None:
    """Writes a PDF whose pages have these content streams; objects from number 1000 on in extra."""
    objects = {1: b"<</Type/Catalog/Pages 2 0 R>>"}
    kids = b" ".join(b"%d 0 R" % (10 + 2 * n) for n in range(len(pages)))
    objects[2] = b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, len(pages))
    objects[3] = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
    for n, content in enumerate(pages):
        packed = zlib.compress(content, 9)
        objects[10 + 2 * n] = (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents %d 0 R"
            b"/Resources<</Font<</F1 3 0 R>>/XObject<</X0 1000 0 R>>>>>>" % (11 + 2 * n)
        )
        objects[11 + 2 * n] = b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (
            len(packed),
            packed,
        )
    objects |= extra or {}
    body, places = b"%PDF-1.7\n", {}
    for number, content in objects.items():
        places[number] = len(body)
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%d 1\n%010d 00000 n \n" % (number, at) for number, at in places.items())
    body += b"xref\n0 1\n0000000000 65535 f \n%btrailer<</Root 1 0 R/Size %d>>\n" % (
        table,
        max(objects) + 1,
    ) + b"startxref\n%d\n%%%%EOF" % len(body)
    path.write_bytes(body)


def shown(*lines: str) -> bytes:
    """Returns the content stream of a page that shows these lines."""
    drawn = b"".join(b"(%b) Tj T*\n" % line.encode("cp1252") for line in lines)
    return b"BT /F1 12 Tf 14 TL 50 700 Td\n" + drawn + b"ET"


IMAGE = b"<</Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray"
IMAGE += b"/Length 1>>stream\n0\nendstream"


def docx(path: Path, body: str, **parts: str) -> None:
    """Writes a Word document with this body; other parts by name, `__` for the slash."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>"
        )
        archive.writestr("word/styles.xml", STYLES)
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)


def paragraph(text: str, shape: str = "") -> str:
    """Returns one paragraph of a Word document."""
    return f"<w:p><w:pPr>{shape}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
