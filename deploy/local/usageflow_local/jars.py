"""Kafka's jars: fetched once by Maven into a cache of the user, and whole or not there at all.

A folder gets its final name only after Maven has succeeded; a stamp in it lists every jar with its size, so that a
later loss is seen and repaired. The folder's name carries a fingerprint of pom.xml: another version, another folder.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from usageflow_local.errors import LocalRuntimeError, MissingPrerequisite
from usageflow_local.java import Java

_STAMP = "complete.json"
_MAVEN_SECONDS_MAX = 600
_DEBIAN_CERTIFICATES = Path("/etc/ssl/certs/java/cacerts")


def cache_folder() -> Path:
    """USAGEFLOW_CACHE, else the user's cache folder."""
    if chosen := os.environ.get("USAGEFLOW_CACHE"):
        return Path(chosen).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "usageflow"


def kafka_jars(java: Java, cache: Path) -> Path:
    """The folder of Kafka's jars; fetches them when they are not whole. Safe when several processes ask at once."""
    pom = resources.files("usageflow_local").joinpath("pom.xml").read_bytes()
    folder = cache / f"kafka-{hashlib.sha256(pom).hexdigest()[:12]}"
    if is_whole(folder):
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with _only_one(cache / f"{folder.name}.lock"):
        if not is_whole(folder):
            shutil.rmtree(folder, ignore_errors=True)
            _fetch(java, pom, folder)
    return folder


def is_whole(folder: Path) -> bool:
    """Whether every jar that Maven brought is there in its full size."""
    try:
        sizes: dict[str, int] = json.loads((folder / _STAMP).read_text())
        return bool(sizes) and all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def _fetch(java: Java, pom: bytes, folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingPrerequisite(
            "Maven is missing; it fetches Kafka's jars once. Install it (Debian: apt install maven; macOS: brew "
            "install maven) and run this again."
        )
    with tempfile.TemporaryDirectory(prefix="fetching-", dir=folder.parent) as temporary:
        pom_file, jars = Path(temporary) / "pom.xml", Path(temporary) / "jars"
        pom_file.write_bytes(pom)
        done = subprocess.run(
            [
                *(maven, "--batch-mode", "--quiet", "--file", str(pom_file), "dependency:copy-dependencies"),
                *("-DincludeScope=runtime", f"-DoutputDirectory={jars}"),
            ],
            env=_maven_environment(maven, java),
            cwd=temporary,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_MAVEN_SECONDS_MAX,
        )
        if done.returncode != 0:
            raise LocalRuntimeError(
                "Maven could not fetch Kafka's jars. It needs a network the first time. It said:\n"
                + (done.stdout + done.stderr)[-2_000:]
            )
        sizes = {jar.name: jar.stat().st_size for jar in sorted(jars.glob("*.jar"))}
        (jars / _STAMP).write_text(json.dumps(sizes, indent=1))
        jars.rename(folder)


def _maven_environment(maven: str, java: Java) -> dict[str, str]:
    """Maven keeps the Java it finds itself, whatever its age: that one knows the certificates this machine trusts.

    Without one it gets ours, and Debian's certificates where they are.
    """
    own = dict(os.environ)
    if subprocess.run([maven, "--version"], env=own, capture_output=True, check=False).returncode == 0:
        return own
    own["JAVA_HOME"] = str(java.home)
    if _DEBIAN_CERTIFICATES.exists():
        trust = f"-Djavax.net.ssl.trustStore={_DEBIAN_CERTIFICATES} -Djavax.net.ssl.trustStorePassword=changeit"
        own["MAVEN_OPTS"] = f"{own.get('MAVEN_OPTS', '')} {trust}".strip()
    return own


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
