"""Who runs PostgreSQL: it refuses root, and a container or a CI machine often has nobody else."""

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from usageflow_local.errors import MissingPrerequisite

_NOBODY = 65_534
_OTHERS_MAY_ENTER = 0o001


@dataclass(frozen=True, slots=True)
class Identity:
    """A command prefix that sheds root, and whom the files must belong to (None: they may stay as they are)."""

    prefix: tuple[str, ...] = ()
    owner: int | None = None

    def adopt(self, path: Path) -> None:
        """Make the path belong to who runs PostgreSQL."""
        if self.owner is not None:
            os.chown(path, self.owner, self.owner, follow_symlinks=False)

    def folder_for(self, folder: Path) -> Path:
        """Where the data can be: here, or in /var/tmp when its new owner may not enter here."""
        if self.owner is None or all(parent.stat().st_mode & _OTHERS_MAY_ENTER for parent in folder.parents):
            return folder
        return Path("/var/tmp") / f"usageflow-{hashlib.sha256(bytes(folder)).hexdigest()[:16]}"  # noqa: S108 name is ours and the folder is 0700


USER_NAMESPACE = Identity(prefix=("unshare", "--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}"))
"""Whoever it is outside, it is nobody to PostgreSQL: root works in folders that only root may enter, without any chown."""

NOBODY = Identity(
    prefix=("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"),
    owner=_NOBODY,
)
"""Where user namespaces are switched off."""


def choose_identity(program: Path) -> Identity:
    """The identity under which `program` runs: neither root nor, as often in containers, a user without a name.

    Raises MissingPrerequisite when there is none.
    """
    is_root = os.geteuid() == 0
    if not is_root and _has_name(os.geteuid()):
        return Identity()
    for identity in (USER_NAMESPACE, NOBODY) if is_root else (USER_NAMESPACE,):
        if shutil.which(identity.prefix[0]) and _runs([*identity.prefix, str(program), "--version"]):
            return identity
    raise MissingPrerequisite(
        "PostgreSQL runs neither as root nor as a user without a name, and this machine offers no way to be another:\n"
        "neither user namespaces (unshare) nor, for root, setpriv with an environment that `nobody` may read.\n"
        "Run this as an ordinary user, or install util-linux and allow user namespaces."
    )


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _runs(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False, timeout=20).returncode == 0
