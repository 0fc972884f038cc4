"""The invoicer: plans, subscriptions, periods closed behind a barrier, invoices that prove themselves."""
