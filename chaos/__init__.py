"""A bounded storm over a throw-away system, and the proof that nothing was lost, doubled or invented. See README.md."""
