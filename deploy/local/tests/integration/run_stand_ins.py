"""A runner of its own process, for tests that kill it: stand-ins for two services on a real PostgreSQL and Kafka."""

import sys
from pathlib import Path

from usageflow_local.commands import run
from usageflow_local.home import Home
from usageflow_local.services import Service

STAND_IN = Path(__file__).with_name("stand_in.py")
STAND_INS = tuple(
    Service(name, port, (sys.executable, str(STAND_IN), name)) for name, port in (("gateway", 21080), ("ingest", 21081))
)

if __name__ == "__main__":
    sys.exit(run(Home(Path(sys.argv[1])), {}, throwaway=True, services=STAND_INS))
