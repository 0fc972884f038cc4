"""Organizations like the one that is there, each with keys of its owner, made an hour ago: as rows, since nobody knows their secrets."""

from __future__ import annotations

from typing import Final

from usageflow_common.database import RawConnection

_MADE: Final = """
CREATE TEMPORARY TABLE made ON COMMIT DROP AS
SELECT gen_random_uuid() AS org_id FROM generate_series(1, $1::integer)"""
_ORGANIZATIONS: Final = """
INSERT INTO gateway.organizations
SELECT copied.* FROM made CROSS JOIN (SELECT * FROM gateway.organizations ORDER BY org_id LIMIT 1) AS one
 CROSS JOIN LATERAL jsonb_populate_record(CAST(one AS gateway.organizations), jsonb_build_object(
        'org_id', made.org_id, 'changed_at', clock_timestamp() - interval '1 hour')) AS copied"""
_MEMBERSHIPS: Final = """
INSERT INTO gateway.memberships
SELECT copied.* FROM made CROSS JOIN (SELECT * FROM gateway.memberships ORDER BY org_id LIMIT 1) AS one
 CROSS JOIN LATERAL jsonb_populate_record(CAST(one AS gateway.memberships), jsonb_build_object(
        'org_id', made.org_id, 'changed_at', clock_timestamp() - interval '1 hour')) AS copied"""
_NAMED: Final = """
CREATE TEMPORARY TABLE named ON COMMIT DROP AS
SELECT org_id, gen_random_uuid() AS key_id FROM made CROSS JOIN generate_series(1, $1::integer)"""
_KEYS: Final = """
INSERT INTO gateway.api_keys
SELECT copied.* FROM named CROSS JOIN (SELECT * FROM gateway.api_keys ORDER BY org_id LIMIT 1) AS one
 CROSS JOIN LATERAL jsonb_populate_record(CAST(one AS gateway.api_keys), jsonb_build_object(
        'org_id', named.org_id, 'key_id', named.key_id, 'changed_at', clock_timestamp() - interval '1 hour',
        'secret_hash', '\\x' || encode(sha256(convert_to(CAST(named.key_id AS text), 'UTF8')), 'hex'))) AS copied"""
_COUNT: Final = "SELECT count(*) FROM gateway.api_keys"


async def fill(owner: RawConnection, organizations: int, keys_each: int) -> int:
    """Make them in one transaction; how many keys there are then."""
    async with owner.transaction():
        await owner.execute(_MADE, organizations)
        await owner.execute(_ORGANIZATIONS)
        await owner.execute(_MEMBERSHIPS)
        await owner.execute(_NAMED, keys_each)
        await owner.execute(_KEYS)
    await owner.execute("ANALYZE gateway.organizations, gateway.memberships, gateway.api_keys")
    counted: int = await owner.fetchval(_COUNT)
    return counted
