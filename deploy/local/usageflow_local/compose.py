"""The `.env` of docker-compose.yml: the secrets of an installation in containers, made once."""

import tempfile
from pathlib import Path

from usageflow_local.credentials import SIGNERS, Credentials, kept_credentials, public_keys
from usageflow_local.private import write_private
from usageflow_local.services import SERVICES


def make_env_file(path: Path) -> bool:
    """Write the file (mode 0600) unless it is there: what is sealed and hashed with its secrets would be lost. Whether it was written."""
    if path.exists():
        return False
    with tempfile.TemporaryDirectory() as folder:
        credentials = kept_credentials(Path(folder) / "credentials", [service.name for service in SERVICES])
        others = kept_credentials(Path(folder) / "others", ["owner", "grafana"]).database_passwords
    write_private(path, render_env(credentials, owner_password=others["owner"], grafana_password=others["grafana"]))
    return True


def render_env(credentials: Credentials, *, owner_password: str, grafana_password: str) -> str:
    """KEY='value' lines, as `docker compose` reads them without looking for variables in them."""
    values = {
        "POSTGRES_PASSWORD": owner_password,
        **{f"{name.upper()}_PASSWORD": password for name, password in credentials.database_passwords.items()},
        "GRAFANA_PASSWORD": grafana_password,
        "KEY_PEPPER": credentials.key_pepper,
        "CURSOR_SECRET": credentials.cursor_secret,
        "DIGEST_KEY": credentials.digest_key,
        "SECRETS_KEY": credentials.secrets_key,
        "TOKEN_PUBLIC_KEYS": public_keys(credentials),
    }
    for name in SIGNERS:
        key = credentials.signing_keys[name]
        values |= {f"{name.upper()}_TOKEN_PRIVATE_KEY": key.seed, f"{name.upper()}_TOKEN_KEY_ID": key.key_id}
    return "".join(f"USAGEFLOW_{name}='{value}'\n" for name, value in values.items())
