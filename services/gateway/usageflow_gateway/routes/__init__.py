"""The gateway's own resources, one file each. Their scopes stand in the route table, like everybody's."""

from fastapi import APIRouter

from usageflow_gateway.routes import analytics, api_keys, auth, members, own, ownership

ROUTERS: tuple[APIRouter, ...] = (
    auth.router,
    own.router,
    ownership.router,
    members.router,
    api_keys.router,
    analytics.router,
)
