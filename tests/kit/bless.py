"""Write expected.json of fixtures from what the connector makes of them: `python -m tests.kit.bless shopify/order-paid`.

Explicit only: nothing runs it but a person, who then reads the difference. `--sign` first puts the platform's signature
over the fixture's body into headers.json.
"""

from __future__ import annotations

import argparse
import json
import sys

from connectors.registry import connector
from tests.kit.cases import BODIES, FIXTURES, Case, load
from tests.kit.conformance import canonical_plain, feed_result, push_result, pushes


def bless(key: str, name: str, *, sign: bool) -> None:
    """Write expected.json (and headers.json with `sign`) of one fixture."""
    case = load(key, name)
    if sign and case.kind == "push" and case.expect == "accept":
        case = _signed(case)
    if case.expect != "accept":
        return
    results = {"push": push_result, "feed": feed_result}
    found = results.get(case.kind, canonical_plain)(connector(key), case)
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    (FIXTURES / key / name / "expected.json").write_text(text, encoding="utf-8")


def _signed(case: Case) -> Case:
    folder = FIXTURES / case.key / case.name
    signed = pushes(connector(case.key)).sign(case.request, case.account, case.secrets, case.now)
    if signed.query != case.request.query:  # the signature stands in the query
        told = {**case.told, "query": [list(pair) for pair in signed.query]}
        (folder / "case.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if signed.body != case.body:  # the signature stands inside, or the body was encrypted
        next(path for each in BODIES if (path := folder / each).exists()).write_bytes(signed.body)
    plain = {name: values[0] if len(values) == 1 else list(values) for name, values in signed.headers.items()}
    if plain:
        (folder / "headers.json").write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
    return load(case.key, case.name)


def main(arguments: list[str]) -> int:
    """Bless the named fixtures; 2 when one does not exist."""
    parser = argparse.ArgumentParser(prog="python -m tests.kit.bless", description="Write expected.json of fixtures.")
    parser.add_argument("fixture", nargs="+", help="<key>/<case>, or <key>/all")
    parser.add_argument("--sign", action="store_true", help="sign the body first and write headers.json")
    told = parser.parse_args(arguments)
    for each in told.fixture:
        key, _, name = each.partition("/")
        names = [name] if name != "all" else sorted(path.name for path in (FIXTURES / key).iterdir() if path.is_dir())
        for one in names:
            if not (FIXTURES / key / one / "case.json").exists():
                sys.stderr.write(f"no fixture {key}/{one}\n")
                return 2
            bless(key, one, sign=told.sign)
            sys.stdout.write(f"{key}/{one}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
