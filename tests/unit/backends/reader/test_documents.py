"""Documents of every kind, honest and hostile, read as the studio reads them."""

from __future__ import annotations

import gzip
import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfWriter

from backends.reader.backend import DocumentFileReader
from studio.domain.interfaces import RawDocument
from studio.domain.retrieval import Refusal
from tests.unit.backends.reader import paper
from tests.unit.backends.reader.paper import paragraph

SECONDS = 25
"""In which a hostile file has to be refused, on a busy machine too."""


def read(path: Path, name: str | None = None) -> list[RawDocument | Refusal]:
    return list(DocumentFileReader().read(path, name or path.name))


def only(path: Path, name: str | None = None) -> RawDocument:
    (found,) = read(path, name)
    assert isinstance(found, RawDocument), found
    return found


def reason(path: Path, name: str | None = None) -> str:
    (found,) = read(path, name)
    assert isinstance(found, Refusal)
    return found.reason


def test_a_text_file_is_kept_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "upload.tmp"
    file.write_bytes("One\r\n\r\n  two  spaces\n".encode("utf-16"))
    found = only(file, "C:\\notes\\My notes.TXT")
    assert (found.key, found.title, found.kind) == ("My notes.TXT", "My notes", "txt")
    assert found.text == "One\n\n  two  spaces"


def test_an_old_windows_text_keeps_its_letters(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes("Gebühr 5 €".encode("cp1252"))
    assert only(file).text == "Gebühr 5 €"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("intro\n\n## Fees ##\n\ntext", "Fees"),
        ("Fees\n====\ntext", "Fees"),
        ("---\nauthor: x\ntitle: 'The fees'\n---\n# Other\n", "The fees"),
        ("no heading", "a"),
    ],
)
def test_markdown_is_titled_by_its_front_matter_or_first_heading(
    tmp_path: Path, text: str, title: str
) -> None:
    file = tmp_path / "a.md"
    file.write_text(text)
    assert only(file).title == title
    assert "author" not in only(file).text


def test_a_page_gives_its_own_text_with_headings_as_lines(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text(
        "<html><head><title>Fees &amp; terms</title><style>p {}</style></head><body>"
        "<nav><a>Home</a></nav><h1>What it <em>costs</em></h1><p>Five\n  euro<br>a month.</p>"
        "<script>var evil = '<p>no</p>'</script><!-- <p>hidden</p> -->"
        "<ul><li>first<li>second</ul><table><tr><td>a</td><td>b</td></tr></table></body></html>"
    )
    found = only(file)
    assert found.title == "Fees & terms"
    assert found.text == ("# What it costs\n\nFive euro\na month.\n\n- first\n- second\n\n| a | b")


def test_the_main_part_of_a_page_is_all_that_counts(tmp_path: Path) -> None:
    file = tmp_path / "a.htm"
    file.write_text(f"<header>Shop</header><main><p>{'word ' * 60}</main><footer>Imprint</footer>")
    assert only(file).text == ("word " * 60).strip()


def test_navigation_that_never_closes_does_not_take_the_page(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text("<nav>Home<p>All there is.")
    assert only(file).text == "Home\n\nAll there is."


def test_a_pdf_gives_its_text_page_by_page(tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    paper.pdf(file, [paper.shown("The fee is five eu-", "ro a month."), paper.shown("Page two.")])
    found = only(file)
    assert found.text == "The fee is five euro a month.\n\nPage two."
    assert (found.kind, found.title) == ("pdf", "report")


def test_a_scanned_pdf_is_refused_because_it_has_no_text_layer(tmp_path: Path) -> None:
    file = tmp_path / "scan.pdf"
    paper.pdf(file, [b"q 600 0 0 800 0 0 cm /X0 Do Q"] * 2, extra={1000: paper.IMAGE})
    assert "has no text layer" in reason(file)


def locked(source: Path, target: Path, password: str) -> None:
    writer = PdfWriter(clone_from=source)
    writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
    writer.write(target)


def test_a_pdf_that_only_forbids_printing_is_read_and_a_locked_one_refused(tmp_path: Path) -> None:
    paper.pdf(tmp_path / "a.pdf", [paper.shown("Readable text for everybody here.")])
    locked(tmp_path / "a.pdf", tmp_path / "print.pdf", "")
    locked(tmp_path / "a.pdf", tmp_path / "locked.pdf", "secret")
    assert only(tmp_path / "print.pdf").text == "Readable text for everybody here."
    assert "encrypted" in reason(tmp_path / "locked.pdf")
    assert "no text layer" in reason(tmp_path / "locked.pdf")


def test_a_word_document_gives_headings_lists_tables_and_notes(tmp_path: Path) -> None:
    file = tmp_path / "terms.docx"
    row = f"<w:tr><w:tc>{paragraph('a')}{paragraph('b')}</w:tc><w:tc>{paragraph('c')}</w:tc></w:tr>"
    paper.docx(
        file,
        paragraph("Fees", '<w:pStyle w:val="berschrift1"/>')
        + paragraph("Monthly", '<w:pStyle w:val="Sub"/>')
        + "<w:p><w:r><w:t>Five</w:t><w:tab/><w:t>euro</w:t></w:r>"
        "<w:del><w:r><w:delText>six</w:delText><w:t>gone</w:t></w:r></w:del></w:p>"
        + paragraph("first", "<w:numPr/>")
        + paragraph("second", "<w:numPr/>")
        + f"<w:tbl>{row}</w:tbl>",
        word__footnotes=f"<w:footnotes {paper.W}>{paragraph('A note.')}</w:footnotes>",
        docProps__core='<p xmlns:d="urn:x"><d:title>Terms 2026</d:title></p>',
    )
    found = only(file)
    assert found.title == "Terms 2026"
    assert found.text == (
        "# Fees\n\n## Monthly\n\nFive euro\n\n- first\n- second\n| a b | c\n\nA note."
    )


def test_rows_become_documents_to_the_letter_and_others_are_named(tmp_path: Path) -> None:
    file = tmp_path / "corpus.jsonl"
    rows = [
        json.dumps({"document_id": 630, "title": "Study", "text": " two  spaces\r\n\tkept "}),
        json.dumps({"id": "b", "text": "x"}),
        json.dumps({"text": "no key"}),
        json.dumps({"body": "x"}),
        "{broken",
    ]
    file.write_text("\n".join(rows), encoding="utf-8-sig")
    first, second, third, fourth, fifth = read(file)
    assert first == RawDocument(
        key="630", title="Study", kind="jsonl", text=" two  spaces\r\n\tkept "
    )
    assert isinstance(second, RawDocument)
    assert (second.key, second.title) == ("b", "b")
    assert isinstance(third, RawDocument)
    assert third.key == "corpus.jsonl:3"
    assert isinstance(fourth, Refusal)
    assert "no `text`; its fields are: body" in fourth.reason
    assert isinstance(fifth, Refusal)
    assert fifth.name == "corpus.jsonl, line 5"


def test_the_first_bytes_count_more_than_the_name(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    paper.docx(file, paragraph("Words"))
    assert only(file).kind == "docx"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.doc", b"\xd0\xcf\x11\xe0old", "Save it as .docx"),
        ("a.xlsx", b"PK\x03\x04", ".xlsx are not understood"),
        ("a", b"text", "ending in nothing"),
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n ", "empty"),
        ("a.txt", b"\x00\x00\x01\xff" * 99, "binary"),
        ("a.html", b"<script>x</script>", "no text"),
        ("a.docx", b"PK\x03\x04 cut", "damaged"),
        ("a.pdf", b"%PDF-1.7 cut", "damaged"),
    ],
)
def test_what_is_no_document_is_refused_with_the_reason(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    file = tmp_path / "upload"
    file.write_bytes(content)
    assert told in reason(file, name)


def test_a_missing_file_is_a_refusal_too(tmp_path: Path) -> None:
    assert "no such file" in reason(tmp_path / "gone.txt")


def zip_bomb(path: Path) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("word/document.xml", "w", force_zip64=True) as stream,
    ):
        stream.write(b"<a>")
        for _ in range(400):
            stream.write(b" " * 1_000_000)


def billion_laughs(path: Path) -> None:
    entities = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(12))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "word/document.xml", f'<!DOCTYPE a [<!ENTITY a0 "ha">{entities}]><a>&a12;</a>'
        )


def deep_word(path: Path) -> None:
    paper.docx(path, "<w:p>" * 200_000)


def endless_page(path: Path) -> None:
    paper.pdf(path, [b"(x) Tj " * 40_000_000])


def pages_in_a_circle(path: Path) -> None:
    paper.pdf(path, [b""], extra={2: b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"})


def form_in_itself(path: Path) -> None:
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X0 1000 0 R>>>>"
    content = b"/X0 Do " * 1000
    form += b"/Length %d>>stream\n%b\nendstream" % (len(content), content)
    paper.pdf(path, [b"/X0 Do"], extra={1000: form})


def deep_array(path: Path) -> None:
    paper.pdf(path, [b"[" * 1_000_000])


def unclosed_attributes(path: Path) -> None:
    path.write_text("<a b='" * 300_000)


def long_text(path: Path) -> None:
    with gzip.open(path, "wb") as stream:
        for _ in range(300):
            stream.write(b"word " * 200_000)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("bomb.docx", zip_bomb),
        ("laughs.docx", billion_laughs),
        ("deep.docx", deep_word),
        ("endless.pdf", endless_page),
        ("circle.pdf", pages_in_a_circle),
        ("form.pdf", form_in_itself),
        ("array.pdf", deep_array),
        ("unclosed.html", unclosed_attributes),
        ("long.txt.gz", long_text),
    ],
)
def test_a_hostile_document_is_refused_in_time(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    make(tmp_path / name)
    began = time.monotonic()
    assert reason(tmp_path / name)
    assert time.monotonic() - began < SECONDS


def test_a_page_nested_a_hundred_thousand_deep_is_simply_read(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text("<div>" * 100_000 + "deep" + "</div>" * 100_000)
    assert only(file).text == "deep"


def test_a_million_comments_that_never_end_cost_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text("seen" + "<!--" * 1_000_000)
    assert only(file).text == "seen"
