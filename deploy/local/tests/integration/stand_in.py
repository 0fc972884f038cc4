"""A service of the tests: it answers /ready, keeps a diary of its migrations, and makes organizations and keys.

`REFUSES` in the environment names a part that never becomes ready.
"""

import json
import os
import signal
import sys
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        refuses = os.environ.get("REFUSES") == os.environ["USAGEFLOW_INSTANCE_ID"]
        self.send_response(503 if refuses else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()


def serve() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["USAGEFLOW_PORT"])), Ready).serve_forever()


def main(service: str, words: list[str]) -> None:
    match words:
        case ["api" | "worker"]:
            serve()
        case ["migrate"]:
            with Path("migrations.txt").open("a") as diary:
                diary.write(f"{service} {bool(os.environ['USAGEFLOW_OWNER_DATABASE_URL'])}\n")
        case ["org", "create", *_]:
            print(json.dumps({"id": f"org_{uuid.uuid4().hex}"}))
        case ["key", "create", "--org", _, *_]:
            print(json.dumps({"id": "key_1", "secret": f"uf_live_{uuid.uuid4().hex}"}))
        case _:
            sys.exit(f"{service} does not know {words}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
