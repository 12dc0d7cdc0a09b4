"""A new process that acknowledges one push: `python cold_process.py ours|hand GIVEN.json`.

It imports nothing of the benchmarks but the wire and the handler by hand, so that nothing is warm that would be cold in Lambda.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def main() -> None:
    """Acknowledge and print the status."""
    import boto3

    from benchmarks.wire import Wire

    given = json.loads(Path(sys.argv[2]).read_bytes())
    boto3.setup_default_session()
    session = boto3.DEFAULT_SESSION
    if session is None:
        raise RuntimeError("no session")
    Wire(given["config"], given["secret"]).lay(session.events)
    if sys.argv[1] == "ours":
        import app

        answer = app.app(given["event"], None)
    else:
        from benchmarks import handwritten

        answer = handwritten.app(given["event"], None)
    sys.stdout.write(f"\n{answer['statusCode']}\n")


if __name__ == "__main__":
    main()
