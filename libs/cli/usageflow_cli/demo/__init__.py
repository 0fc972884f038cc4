"""The worked example, played as an outside client would: over HTTP only, narrated, every figure checked."""
