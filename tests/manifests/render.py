"""`make manifests`: render every overlay with kubectl, and validate what comes out."""

from __future__ import annotations

import shutil
import subprocess
import sys

from objects import MANIFESTS, OVERLAYS, objects_in, problems_of


def main() -> int:
    """1 when a cluster would refuse something, 3 without kubectl."""
    if shutil.which("kubectl") is None:
        print("kubectl is missing: https://kubernetes.io/docs/tasks/tools/", file=sys.stderr)
        return 3
    failed = False
    for overlay in OVERLAYS:
        folder = MANIFESTS / "overlays" / overlay
        done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{overlay}: {done.stderr.strip()}")
            failed = True
            continue
        objects = objects_in(done.stdout)
        problems = [problem for each in objects for problem in problems_of(each)]
        print(f"{overlay}: {len(objects)} objects, {len(problems)} problems", *problems, sep="\n  ")
        failed |= bool(problems)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
