"""Small files of every kind."""

import io
import zipfile

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
XML = b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- <html> --><cbc:Invoice xmlns:cbc="urn:x">\xc3\xbc</cbc:Invoice>'
CSV = b"a;b\r\n1;2\r\n"
JSON = b'{"a": 1}'
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + b"\x00" * 100
ELF = b"\x7fELF\x02\x01\x01\x00" + b"\x00" * 100


def archive(members: dict[str, str]) -> bytes:
    """A ZIP archive of these members."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        for name, text in members.items():
            opened.writestr(name, text)
    return made.getvalue()


XLSX_MEMBERS = {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}
XLSX = archive(XLSX_MEMBERS)
XLSM = archive(XLSX_MEMBERS | {"xl/vbaProject.bin": "macro"})
ODS = archive({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"})
ZIP = archive({"a.txt": "a"})
