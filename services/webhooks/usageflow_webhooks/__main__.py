"""`python -m usageflow_webhooks`: api, worker, migrate, openapi, payloads."""

from __future__ import annotations

from usageflow_common.entry import payloads_word, service_words
from usageflow_common.runtime import command_line
from usageflow_webhooks.app import build_app
from usageflow_webhooks.migrate import migrate
from usageflow_webhooks.schemas import PAYLOADS
from usageflow_webhooks.settings import WebhooksSettings
from usageflow_webhooks.worker import build_worker

if __name__ == "__main__":
    words = service_words(api=(WebhooksSettings, build_app), worker=(WebhooksSettings, build_worker), migrate=migrate)
    command_line("webhooks", (*words, payloads_word(PAYLOADS)))
