"""Invoices: issuing them, reading them back, and the rows beside them that may change."""
