"""A finance team sends these to its own customers: what they say, and that the same invoice is the same bytes."""

from __future__ import annotations

from typing import Any

from invoicer_billing import Billing, moment
from msgspec import structs

from usageflow_common.wire import PageRequest
from usageflow_invoicer.pdf.documents import credit_note_document, invoice_document
from usageflow_invoicer.pdf.rendering import render
from usageflow_invoicer.schemas.credit_notes import CreditNoteCreate
from usageflow_invoicer.service.credit_notes import create_credit_note, list_credit_notes
from usageflow_invoicer.store.credit_notes import CreditNoteFilter


async def an_invoice(billing: Billing) -> Any:
    billing.organization = structs.replace(
        billing.organization,
        issuer={
            "name": "Acme Metering GmbH",
            "address": {"line1": "Hauptstraße 1", "city": "Berlin", "postalCode": "10115", "country": "DE"},
            "taxId": "DE123456789",
        },
    )
    tiers = [{"upTo": "1000", "unitPrice": "0.05"}, {"unitPrice": "0.025", "flatPrice": "10"}]
    charge = {"metric": "API_CALL", "model": "graduated", "tiers": tiers, "includedUnits": "500", "name": "API calls"}
    small = await billing.publish("SMALL", basePrice="1249.90", charges=[charge])
    large = await billing.publish("LARGE", basePrice="2499.90", charges=[charge])
    subscription_id = await billing.subscribe("user_123", "2026-03-01", small)
    await billing.track("user_123", "2026-03-05", calls=12, amount="1000")
    await billing.change(subscription_id, large, "2026-03-16")
    await billing.track("user_123", "2026-03-20", calls=3, amount="1234567.5")
    [invoice] = await billing.close("2026-04-01T01:00")
    return invoice


async def test_the_document_of_an_invoice_says_why_each_amount_is_what_it_is(billing: Billing):
    stored = await an_invoice(billing)
    document = invoice_document(stored, "Europe/Berlin")
    assert document["issuer"]["lines"] == ["Hauptstraße 1", "10115 Berlin", "DE", "Tax ID DE123456789"]
    facts = dict(document["facts"])
    assert (facts["Invoice number"], facts["Issued"]) == ("INV-000001", "1 April 2026")
    assert facts["Billing period"] == "1 March 2026 – 1 April 2026"  # two o'clock in the morning of Berlin's summer
    base, *_ = document["lines"]
    assert base["amount"] == "604.79\N{NO-BREAK SPACE}USD"
    assert "1,296,000 of 2,678,400 seconds" in base["notes"]
    usage = document["appendix"][1]
    assert ["Quantity", "3,703,702.5"] in usage["rows"]
    assert ["Events", "3"] in usage["rows"]
    assert dict(map(tuple, document["proof"]))["Verification code"] == stored.stored_hash


async def test_the_same_invoice_is_the_same_bytes(billing: Billing):
    stored = await an_invoice(billing)
    document = invoice_document(stored, "UTC")
    one, other = [await render(document, stored.invoice.issued_at) for _ in range(2)]
    assert one.startswith(b"%PDF-1.")
    assert b"pdfaid" in one
    assert one == other


async def test_a_credit_note_has_a_document_too(billing: Billing):
    stored = await an_invoice(billing)
    line = {"lineId": stored.invoice.lines[0].line_id, "amount": {"amountMinor": 500, "currency": "USD"}}
    wanted = CreditNoteCreate.model_validate({"lines": [line], "reason": "Goodwill", "disposition": "reduce_due"})
    invoice_id = stored.invoice.invoice_id
    await create_credit_note(billing.engine, billing.asker(), invoice_id, wanted, moment("2026-04-02"))
    [note] = await list_credit_notes(billing.engine, billing.asker(), PageRequest(1, None), CreditNoteFilter())
    document = credit_note_document(note, stored, "UTC")
    assert document["totals"][0]["amount"] == "\N{MINUS SIGN}5.00\N{NO-BREAK SPACE}USD"
    assert (await render(document, note.created_at)).startswith(b"%PDF-1.")


async def test_hostile_names_are_only_text(billing: Billing):
    stored = await an_invoice(billing)
    document = invoice_document(stored, "UTC")
    document["customer"] = {"name": '#panic("x") \\ $ * _ مرحبا 山田 "', "lines": ["]#{", "</text>"]}
    assert (await render(document, stored.invoice.issued_at)).startswith(b"%PDF-1.")
