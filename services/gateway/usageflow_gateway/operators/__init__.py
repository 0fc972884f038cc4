"""Operators' commands at the terminal: what they ask, what they print, and the actor that they are recorded under."""
