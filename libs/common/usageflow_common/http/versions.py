"""If-Match: the version of a resource that a caller has seen, and must still be the present one."""

# Annotations are evaluated here: FastAPI cannot resolve the strings of a callable object.
import re
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

from fastapi import Depends
from starlette.requests import Request

from usageflow_common.errors import PreconditionFailed, PreconditionRequired

_VERSION_TAG: Final = re.compile(r'"([1-9][0-9]{0,9})(?:-[0-9a-f]{12})?"')


def expected_version(request: Request) -> int | None:
    """The version that If-Match names, None without the header; PreconditionFailed when it cannot be one of ours."""
    value = request.headers.get("if-match")
    if value is None or value.strip() == "*":
        return None
    match = _VERSION_TAG.fullmatch(value.strip())
    if match is None:
        raise PreconditionFailed("If-Match does not name the present version.")
    return int(match[1])


@dataclass(frozen=True, slots=True)
class IfMatch:
    """A dependency: the version that If-Match names. The service's document shows the header wherever it is taken.

    Where it is `required`, PreconditionRequired without it. Ask after the caller: whoever may not know the resource learns nothing of it.
    """

    required: bool = False

    async def __call__(self, request: Request) -> int | None:
        """None without the header; PreconditionFailed when it cannot be a version of ours."""
        version = expected_version(request)
        if version is None and self.required:
            raise PreconditionRequired("Name the version that you have seen.")
        return version


SeenVersion: TypeAlias = Annotated[int | None, Depends(IfMatch())]
"""The version that a caller has seen, None if they do not say."""

KnownVersion: TypeAlias = Annotated[int, Depends(IfMatch(required=True))]
"""As above, where nobody may overwrite what they have not seen."""
