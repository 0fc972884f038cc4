"""The gateway: who is asking, may they, and has this been done before."""
