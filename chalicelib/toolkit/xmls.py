"""XML bodies: DTDs, entities and external references refused, size, depth and width bounded."""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError  # nosec B405  # names only; defusedxml reads

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from chalicelib.errors import Permanent

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_NODES = 20_000


def parse_xml(body: bytes, *, connector: str) -> Element:
    """The root element. Permanent("payload-malformed") on broken, oversized or nested XML and on any DTD or entity."""
    if len(body) > MAX_BYTES:
        raise _malformed(connector, "the XML is too large")
    try:
        root: Element = fromstring(body, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        raise _malformed(connector, "DTD and entities are refused") from None
    except (ParseError, ValueError, LookupError):
        raise _malformed(connector, "malformed XML") from None
    _require_bounded(root, connector)
    return root


def text_of(root: Element, name: str, *, connector: str) -> str:
    """The text of the one child `name`, "" when it is empty. Missing or repeated: Permanent("payload-malformed")."""
    found = root.findall(name)
    if len(found) != 1:
        problem = "is missing" if not found else "is repeated"
        raise Permanent("payload-malformed", f"the element {problem}", connector=connector, path=f"/{root.tag}/{name}")
    return found[0].text or ""


def as_plain(element: Element) -> dict[str, object] | str:
    """An element as JSON would tell it: its text, stripped, or its children by name; those of one name as a list."""
    if not len(element):
        return (element.text or "").strip()
    found: dict[str, object] = {}
    for child in element:
        value, before = as_plain(child), found.get(child.tag)
        if before is None:
            found[child.tag] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            found[child.tag] = [before, value]
    return found


def _require_bounded(root: Element, connector: str) -> None:
    level, count, depth = [root], 0, 0
    while level:
        count, depth = count + len(level), depth + 1
        if count > MAX_NODES or depth > MAX_DEPTH:
            raise _malformed(connector, "too many or too deeply nested elements")
        level = [child for element in level for child in element]


def _malformed(connector: str, detail: str) -> Permanent:
    return Permanent("payload-malformed", detail, connector=connector, path="/")
