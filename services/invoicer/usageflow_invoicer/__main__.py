"""`python -m usageflow_invoicer`: api, worker, migrate, openapi, payloads, and the operators' commands."""

from __future__ import annotations

from usageflow_common.entry import payloads_word, service_words
from usageflow_common.runtime import Command, command_line
from usageflow_invoicer.app import build_app
from usageflow_invoicer.migrate import migrate
from usageflow_invoicer.operators.erase import erase_arguments, run_erase
from usageflow_invoicer.operators.reimport import run_reimport
from usageflow_invoicer.operators.restore import run_restore
from usageflow_invoicer.operators.verify import run_verify, verify_arguments
from usageflow_invoicer.schemas.facts import PAYLOADS
from usageflow_invoicer.settings import InvoicerSettings
from usageflow_invoicer.worker import build_worker

COMMANDS = (
    *service_words(api=(InvoicerSettings, build_app), worker=(InvoicerSettings, build_worker), migrate=migrate),
    payloads_word(PAYLOADS),
    Command("erase", "forget who a customer was", run_erase, erase_arguments),
    Command("reimport", "give a restored database back the invoices that it has lost", run_reimport),
    Command("restore", "after a restore: refuse what the lost timeline has on its way, and reimport", run_restore),
    Command("verify", "verify every invoice from raw events, and the chains", run_verify, verify_arguments),
)

if __name__ == "__main__":
    command_line("invoicer", COMMANDS)
