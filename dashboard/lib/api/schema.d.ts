// Generated from docs/openapi.json by `npm run generate-api`. Do not edit.
export interface paths {
    "/api/analytics/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count Deliveries
         * @description Success and latency of deliveries over time.
         */
        get: operations["count_deliveries_api_analytics_deliveries_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/analytics/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count Events
         * @description Is my usage arriving: events received over time, repetitions and late ones told apart.
         */
        get: operations["count_events_api_analytics_events_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/analytics/mrr": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Mrr
         * @description Base prices brought to a month, usage excluded.
         */
        get: operations["get_mrr_api_analytics_mrr_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/analytics/rejections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count Rejections
         * @description Refused events over time, by code.
         */
        get: operations["count_rejections_api_analytics_rejections_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/analytics/revenue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Revenue
         * @description Invoiced, paid and credited, month by month.
         */
        get: operations["get_revenue_api_analytics_revenue_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/analytics/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Summary
         * @description How the organization stands, at a glance. What the caller may not see is null; what could not be asked is named in `unavailable`.
         */
        get: operations["get_summary_api_analytics_summary_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/analytics/top-customers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Top Customers
         * @description Who brings most, and how much of the whole that is.
         */
        get: operations["get_top_customers_api_analytics_top_customers_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Keys
         * @description Keys without their secrets, newest first; a DEVELOPER sees ingest keys.
         */
        get: operations["list_keys_api_api_keys_get"];
        put?: never;
        /**
         * Create Key
         * @description A key; its secret is shown this once.
         */
        post: operations["create_key_api_api_keys_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/api-keys/{keyId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Key
         * @description One key.
         */
        get: operations["get_key_api_api_keys__keyId__get"];
        put?: never;
        post?: never;
        /**
         * Revoke Key
         * @description Refused everywhere within a second.
         */
        delete: operations["revoke_key_api_api_keys__keyId__delete"];
        options?: never;
        head?: never;
        /**
         * Rename Key
         * @description Another name.
         */
        patch: operations["rename_key_api_api_keys__keyId__patch"];
        trace?: never;
    };
    "/api/api-keys/{keyId}/reroll": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reroll Key
         * @description A new key in its place; the old one ends after the overlap.
         */
        post: operations["reroll_key_api_api_keys__keyId__reroll_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit-logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Audit Entries
         * @description Entries, latest first. A developer sees their own.
         */
        get: operations["list_audit_entries_api_audit_logs_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit-logs/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export Audit Entries
         * @description The entries as CSV, latest first. A cell that a spreadsheet would take for a formula gets an apostrophe in front.
         */
        get: operations["export_audit_entries_api_audit_logs_export_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit-logs/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Verify Audit Log
         * @description Recomputes the whole chain; who sees only their own entries cannot.
         */
        post: operations["verify_audit_log_api_audit_logs_verify_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit-logs/{entryId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Audit Entry
         * @description One entry.
         */
        get: operations["show_audit_entry_api_audit_logs__entryId__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/invitations/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept Invitation
         * @description Joins: with a new account, or as the one who has signed in.
         */
        post: operations["accept_invitation_api_auth_invitations_accept_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/invitations/lookup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Look Up Invitation
         * @description What a token offers.
         */
        post: operations["look_up_invitation_api_auth_invitations_lookup_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change Password
         * @description A new password ends all other sessions.
         */
        post: operations["change_password_api_auth_password_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Session
         * @description Who has signed in, where they belong, and the token that unsafe requests show.
         */
        get: operations["show_session_api_auth_session_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Sessions
         * @description The user's sessions, the one that was seen last first.
         */
        get: operations["list_sessions_api_auth_sessions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sessions/{sessionId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End Session
         * @description One of them, or with the id `others` all but this one.
         */
        delete: operations["end_session_api_auth_sessions__sessionId__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign In
         * @description A session; unknown addresses and wrong passwords get one answer, after the same time.
         */
        post: operations["sign_in_api_auth_sign_in_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sign-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign Out
         * @description Ends this session, also when it has ended already.
         */
        post: operations["sign_out_api_auth_sign_out_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sign-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign Up
         * @description A user, an organization whose OWNER they are, and a session.
         */
        post: operations["sign_up_api_auth_sign_up_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backfills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Backfills
         * @description The newest first.
         */
        get: operations["list_backfills_api_backfills_get"];
        put?: never;
        /**
         * Open Backfill
         * @description Open one: its events may have times in [from, to), at most 400 days ago.
         */
        post: operations["open_backfill_api_backfills_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backfills/{backfillId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Backfill
         * @description One backfill, with how many of its events were counted and taken back.
         */
        get: operations["get_backfill_api_backfills__backfillId__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backfills/{backfillId}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Close Backfill
         * @description It takes no more events, a second later at most.
         */
        post: operations["close_backfill_api_backfills__backfillId__close_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backfills/{backfillId}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send events of a backfill, with times in its range */
        post: operations["track_backfill"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backfills/{backfillId}/revert": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revert Backfill
         * @description None of its events count any more, also those that are still on their way.
         */
        post: operations["revert_backfill_api_backfills__backfillId__revert_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/billing-runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Runs
         * @description Runs, newest first.
         */
        get: operations["list_runs_api_billing_runs_get"];
        put?: never;
        /**
         * Create Run
         * @description Close what is due now. Waits for the end; 202 when it takes longer.
         */
        post: operations["create_run_api_billing_runs_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/billing-runs/{runId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Run
         * @description One run with its barrier.
         */
        get: operations["get_run_api_billing_runs__run_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/conflicts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Conflicts
         * @description Events that came under a used key with another payload, and amendments of a revision that was no longer the present one.
         */
        get: operations["get_conflicts_api_conflicts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/conflicts/{conflictId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Conflict
         * @description One conflict.
         */
        get: operations["get_conflict_api_conflicts__conflictId__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/credit-notes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Credit Notes
         * @description Credit notes, newest first.
         */
        get: operations["list_credit_notes_api_credit_notes_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/credit-notes/{creditNoteId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Credit Note
         * @description One credit note.
         */
        get: operations["get_credit_note_api_credit_notes__credit_note_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/credit-notes/{creditNoteId}/pdf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Credit Note Pdf
         * @description The credit note as PDF/A.
         */
        get: operations["credit_note_pdf_api_credit_notes__credit_note_id__pdf_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Customers
         * @description Customers, newest first.
         */
        get: operations["list_customers_api_customers_get"];
        put?: never;
        /**
         * Create Customer
         * @description A new customer.
         */
        post: operations["create_customer_api_customers_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers/{customerId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Customer
         * @description One customer.
         */
        get: operations["get_customer_api_customers__customer_id__get"];
        /**
         * Put Customer
         * @description Create or replace.
         */
        put: operations["put_customer_api_customers__customer_id__put"];
        post?: never;
        /**
         * Delete Customer
         * @description Only without subscriptions and invoices.
         */
        delete: operations["delete_customer_api_customers__customer_id__delete"];
        options?: never;
        head?: never;
        /**
         * Edit Customer
         * @description Change what is given; null takes it away.
         */
        patch: operations["edit_customer_api_customers__customer_id__patch"];
        trace?: never;
    };
    "/api/customers/{customerId}/upcoming": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Upcoming
         * @description The running period of each live subscription as a draft invoice.
         */
        get: operations["get_upcoming_api_customers__customer_id__upcoming_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers/{customerId}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Usage
         * @description What each live subscription has used of its running period, and what that costs so far.
         */
        get: operations["get_usage_api_customers__customer_id__usage_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Events
         * @description Counted events, also those that count no more. A page looks at so many events and no more: it may be short, or empty, and have a next one.
         */
        get: operations["get_events_api_events_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{eventId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Event
         * @description One counted event with its corrections; 404 until it is counted.
         */
        get: operations["get_event_api_events__eventId__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{eventId}/amend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Amend Event
         * @description It counts with other values; metric and customer stay. If-Match names the revision that the caller has seen.
         */
        post: operations["amend_event_api_events__eventId__amend_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{eventId}/void": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Void Event
         * @description It counts no more, for ever, and its key stays used. Applied when the correction is counted, usually within a second.
         */
        post: operations["void_event_api_events__eventId__void_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Invitations
         * @description Open invitations, newest first.
         */
        get: operations["list_invitations_api_invitations_get"];
        put?: never;
        /**
         * Invite
         * @description An invitation; its token is shown this once, to be passed on.
         */
        post: operations["invite_api_invitations_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invitations/{invitationId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Withdraw
         * @description It cannot be accepted any more.
         */
        delete: operations["withdraw_api_invitations__invitationId__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invoices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Invoices
         * @description Issued invoices, newest first, without lines; with `status=draft` alone those of ended periods that are not issued yet.
         */
        get: operations["list_invoices_api_invoices_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invoices/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export Invoices
         * @description Issued invoices for accounting, a row for each line: CSV, or JSON Lines where `Accept` asks for `application/x-ndjson`.
         */
        get: operations["export_invoices_api_invoices_export_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invoices/{invoiceId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Invoice
         * @description One invoice with its first 500 lines. Its number shows once Kafka has it. A draft is as what is counted so far makes it.
         */
        get: operations["get_invoice_api_invoices__invoice_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invoices/{invoiceId}/collect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Collect Invoice
         * @description Ask the payment provider for what is due. Waits for the end; 202 when it takes longer.
         */
        post: operations["collect_invoice_api_invoices__invoice_id__collect_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invoices/{invoiceId}/collection": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Collection
         * @description Whether an issued invoice could be collected now, and where its dunning has come to.
         */
        get: operations["get_collection_api_invoices__invoice_id__collection_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invoices/{invoiceId}/credit-notes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create Credit Note
         * @description Credit on lines of the invoice, issued at once.
         */
        post: operations["create_credit_note_api_invoices__invoice_id__credit_notes_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invoices/{invoiceId}/finalize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Finalize
         * @description Issue a draft through a run of its own: no grace is waited for, every event is. Waits; 202 when it takes longer.
         */
        post: operations["finalize_api_invoices__invoice_id__finalize_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invoices/{invoiceId}/lines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Lines
         * @description All lines; there are never more than a plan's charges and their adjustments.
         */
        get: operations["list_lines_api_invoices__invoice_id__lines_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invoices/{invoiceId}/lines/{lineId}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Events
         * @description The raw events behind a line, exactly those below the invoice's cut.
         */
        get: operations["list_events_api_invoices__invoice_id__lines__line_id__events_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invoices/{invoiceId}/lines/{lineId}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explain Line
         * @description Line → steps → windows → recomputed amount. The cursor pages the windows.
         */
        get: operations["explain_line_api_invoices__invoice_id__lines__line_id__explain_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invoices/{invoiceId}/mark-uncollectible": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Write Off Invoice
         * @description Nobody asks for the rest any more; a payment may still come.
         */
        post: operations["write_off_invoice_api_invoices__invoice_id__mark_uncollectible_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invoices/{invoiceId}/payments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create Payment
         * @description Money that came in, or failed to; the payment that leaves nothing due makes the invoice paid.
         */
        post: operations["create_payment_api_invoices__invoice_id__payments_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invoices/{invoiceId}/pdf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Invoice Pdf
         * @description The invoice as PDF/A; one that is not issued yet says so on each page.
         */
        get: operations["invoice_pdf_api_invoices__invoice_id__pdf_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invoices/{invoiceId}/verifications/{verificationId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Verification
         * @description One report.
         */
        get: operations["get_verification_api_invoices__invoice_id__verifications__verification_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invoices/{invoiceId}/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Verify Invoice
         * @description Recompute everything from raw events. Waits for the report; 202 when it takes longer.
         */
        post: operations["verify_invoice_api_invoices__invoice_id__verify_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/invoices/{invoiceId}/void": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Void Invoice
         * @description It is owed no more. The number stays, the usage counts as billed.
         */
        post: operations["void_invoice_api_invoices__invoice_id__void_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Members
         * @description Members, in the order of joining.
         */
        get: operations["list_members_api_members_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/members/{userId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove Member
         * @description Removes a member, or oneself; their keys pass on.
         */
        delete: operations["remove_member_api_members__userId__delete"];
        options?: never;
        head?: never;
        /**
         * Change Role
         * @description Another role, neither above one's own before nor after.
         */
        patch: operations["change_role_api_members__userId__patch"];
        trace?: never;
    };
    "/api/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Metrics
         * @description The newest first.
         */
        get: operations["list_metrics_api_metrics_get"];
        put?: never;
        /**
         * Create Metric
         * @description Make a metric. Answered when every service can know it.
         */
        post: operations["create_metric_api_metrics_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/metrics/{metricId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Metric
         * @description One metric.
         */
        get: operations["get_metric_api_metrics__metricId__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change Metric
         * @description Change the words around it; what it counts is fixed for ever.
         */
        patch: operations["change_metric_api_metrics__metricId__patch"];
        trace?: never;
    };
    "/api/metrics/{metricId}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Archive Metric
         * @description From now on its events are refused; what was counted stays.
         */
        post: operations["archive_metric_api_metrics__metricId__archive_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/metrics/{metricId}/unarchive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Unarchive Metric
         * @description Its events count again.
         */
        post: operations["unarchive_metric_api_metrics__metricId__unarchive_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/organization": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Organization
         * @description The organization of this request.
         */
        get: operations["show_organization_api_organization_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change Organization
         * @description Its name and settings; every service learns them within moments.
         */
        patch: operations["change_organization_api_organization_patch"];
        trace?: never;
    };
    "/api/organization/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delete Organization
         * @description Nobody gets in any more. Not while subscriptions live; its name and the password are asked for.
         */
        post: operations["delete_organization_api_organization_delete_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/organization/transfer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Transfer Organization
         * @description Another member becomes OWNER and the caller ADMIN. The password is asked for again.
         */
        post: operations["transfer_organization_api_organization_transfer_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/organizations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Organizations
         * @description Where the user belongs, and what they may do there.
         */
        get: operations["list_organizations_api_organizations_get"];
        put?: never;
        /**
         * Found Organization
         * @description Another organization, whose OWNER is the user.
         */
        post: operations["found_organization_api_organizations_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/payments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Payments
         * @description Payments, newest first.
         */
        get: operations["list_payments_api_payments_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/payments/{paymentId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Payment
         * @description One payment.
         */
        get: operations["get_payment_api_payments__payment_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Plans
         * @description Plans, newest first, each with its latest version.
         */
        get: operations["list_plans_api_plans_get"];
        put?: never;
        /**
         * Create Plan
         * @description A new plan, published at once or as a draft.
         */
        post: operations["create_plan_api_plans_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plans/backtest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Backtest
         * @description What a price would have billed for the real usage of invoiced periods, beside what was billed.
         */
        post: operations["backtest_api_plans_backtest_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plans/simulate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Simulate
         * @description What usage would cost by a version, a draft or any definition; nothing is stored.
         */
        post: operations["simulate_api_plans_simulate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plans/{planId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Plan
         * @description One plan with its latest version.
         */
        get: operations["get_plan_api_plans__plan_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Edit Plan
         * @description Change what stands around the definitions: name, description, metadata.
         */
        patch: operations["edit_plan_api_plans__plan_id__patch"];
        trace?: never;
    };
    "/api/plans/{planId}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Archive Plan
         * @description No new subscriptions from now on; those that there are go on.
         */
        post: operations["archive_plan_api_plans__plan_id__archive_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plans/{planId}/draft": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Put Draft
         * @description Replace the draft; If-Match names the version of the plan that the caller has seen.
         */
        put: operations["put_draft_api_plans__plan_id__draft_put"];
        post?: never;
        /**
         * Drop Draft
         * @description Drop the draft; If-Match names the version of the plan that the caller has seen.
         */
        delete: operations["drop_draft_api_plans__plan_id__draft_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plans/{planId}/publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Publish Plan
         * @description The draft becomes the next version.
         */
        post: operations["publish_plan_api_plans__plan_id__publish_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plans/{planId}/unarchive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Unarchive Plan
         * @description It takes subscriptions again.
         */
        post: operations["unarchive_plan_api_plans__plan_id__unarchive_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plans/{planId}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Versions
         * @description Published versions, the newest first.
         */
        get: operations["list_versions_api_plans__plan_id__versions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/plans/{planId}/versions/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Version
         * @description One published version: it never changes.
         */
        get: operations["get_version_api_plans__plan_id__versions__number__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/rejected-events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Rejected Events
         * @description The newest first.
         */
        get: operations["list_rejected_events_api_rejected_events_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/rejected-events/{rejectedEventId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Rejected Event
         * @description One refused event.
         */
        get: operations["get_rejected_event_api_rejected_events__rejectedEventId__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Subscriptions
         * @description Subscriptions, newest first.
         */
        get: operations["list_subscriptions_api_subscriptions_get"];
        put?: never;
        /**
         * Create Subscription
         * @description A customer takes a plan.
         */
        post: operations["create_subscription_api_subscriptions_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/subscriptions/{subscriptionId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Subscription
         * @description One subscription.
         */
        get: operations["get_subscription_api_subscriptions__subscription_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Edit Subscription
         * @description Change its metadata.
         */
        patch: operations["edit_subscription_api_subscriptions__subscription_id__patch"];
        trace?: never;
    };
    "/api/subscriptions/{subscriptionId}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel
         * @description The end: with the running quarter hour, with the period, or at a time. A last invoice follows.
         */
        post: operations["cancel_api_subscriptions__subscription_id__cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/subscriptions/{subscriptionId}/change": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change Plan
         * @description Another plan, at once or at the end of the running period.
         */
        post: operations["change_plan_api_subscriptions__subscription_id__change_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/subscriptions/{subscriptionId}/change/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Preview Change
         * @description What a change of plan would do; nothing is stored. Its `at` makes the change do exactly that.
         */
        post: operations["preview_change_api_subscriptions__subscription_id__change_preview_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/subscriptions/{subscriptionId}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Changes
         * @description Past and scheduled changes, the latest first.
         */
        get: operations["list_changes_api_subscriptions__subscription_id__changes_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/subscriptions/{subscriptionId}/changes/{changeId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Drop Change
         * @description A scheduled change will not happen; also un-cancels.
         */
        delete: operations["drop_change_api_subscriptions__subscription_id__changes__change_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/subscriptions/{subscriptionId}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause
         * @description No base price from now on; usage is still counted and billed. Without a body, until it is lifted.
         */
        post: operations["pause_api_subscriptions__subscription_id__pause_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/subscriptions/{subscriptionId}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume
         * @description Lift a pause.
         */
        post: operations["resume_api_subscriptions__subscription_id__resume_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/subscriptions/{subscriptionId}/thresholds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Thresholds
         * @description All of a subscription's; there are never more than twenty.
         */
        get: operations["list_thresholds_api_subscriptions__subscription_id__thresholds_get"];
        put?: never;
        /**
         * Create Threshold
         * @description Be told, once in a period, when usage reaches this.
         */
        post: operations["create_threshold_api_subscriptions__subscription_id__thresholds_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/subscriptions/{subscriptionId}/thresholds/{thresholdId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete Threshold
         * @description Be told no more.
         */
        delete: operations["delete_threshold_api_subscriptions__subscription_id__thresholds__threshold_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/subscriptions/{subscriptionId}/upcoming": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Upcoming
         * @description The running period as a draft invoice, by what is counted so far.
         */
        get: operations["get_upcoming_api_subscriptions__subscription_id__upcoming_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/test-clock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Clock
         * @description The organization's time: in a live one that is everybody's.
         */
        get: operations["get_clock_api_test_clock_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/test-clock/advance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Advance
         * @description Move the clock of a test organization, with a stop at everything that falls due. Waits; 202 when it takes longer.
         */
        post: operations["advance_api_test_clock_advance_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/track": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send one event */
        post: operations["track"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/track/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send many events */
        post: operations["track_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Usage
         * @description How much of a metric was used in a range, exact at any boundary, from one snapshot.
         */
        get: operations["get_usage_api_usage_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/usage/unbilled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Unbilled
         * @description Usage that no subscription's charge claims, per customer and metric.
         */
        get: operations["get_unbilled_api_usage_unbilled_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Deliveries
         * @description Attempts, newest first, without bodies.
         */
        get: operations["list_deliveries_api_webhooks_deliveries_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/deliveries/{deliveryId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Delivery
         * @description One attempt, with what was sent and what came back.
         */
        get: operations["get_delivery_api_webhooks_deliveries__delivery_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/dispatches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Dispatches
         * @description Newest first.
         */
        get: operations["list_dispatches_api_webhooks_dispatches_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/dispatches/{dispatchId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Dispatch
         * @description One dispatch.
         */
        get: operations["get_dispatch_api_webhooks_dispatches__dispatch_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/dispatches/{dispatchId}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replay
         * @description Try again now: the same webhook-id, the same body.
         */
        post: operations["replay_api_webhooks_dispatches__dispatch_id__replay_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Endpoints
         * @description Newest first, with their health.
         */
        get: operations["list_endpoints_api_webhooks_endpoints_get"];
        put?: never;
        /**
         * Create Endpoint
         * @description A new endpoint. The answer shows its secret.
         */
        post: operations["create_endpoint_api_webhooks_endpoints_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/endpoints/{endpointId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Endpoint
         * @description One endpoint, with its health.
         */
        get: operations["get_endpoint_api_webhooks_endpoints__endpoint_id__get"];
        put?: never;
        post?: never;
        /**
         * Delete Endpoint
         * @description Stop it for good. Its log stays readable.
         */
        delete: operations["delete_endpoint_api_webhooks_endpoints__endpoint_id__delete"];
        options?: never;
        head?: never;
        /**
         * Change Endpoint
         * @description Change what the patch names.
         */
        patch: operations["change_endpoint_api_webhooks_endpoints__endpoint_id__patch"];
        trace?: never;
    };
    "/api/webhooks/endpoints/{endpointId}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Disable Endpoint
         * @description Send nothing; what comes is parked.
         */
        post: operations["disable_endpoint_api_webhooks_endpoints__endpoint_id__disable_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/endpoints/{endpointId}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Enable Endpoint
         * @description Send again, and what was parked too, unless it is to be discarded.
         */
        post: operations["enable_endpoint_api_webhooks_endpoints__endpoint_id__enable_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/endpoints/{endpointId}/ping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ping
         * @description Send a ping; the answer is its dispatch with the attempts.
         */
        post: operations["ping_api_webhooks_endpoints__endpoint_id__ping_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/endpoints/{endpointId}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replay
         * @description Send again what it missed, what failed, or everything of a range: the same ids, the same bytes.
         */
        post: operations["replay_api_webhooks_endpoints__endpoint_id__replay_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/endpoints/{endpointId}/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate Secret
         * @description A new signing secret. The old one signs too for 24 hours.
         */
        post: operations["rotate_secret_api_webhooks_endpoints__endpoint_id__rotate_secret_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/endpoints/{endpointId}/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reveal Secret
         * @description The endpoint with its signing secret. Audited.
         */
        get: operations["reveal_secret_api_webhooks_endpoints__endpoint_id__secret_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/event-types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Event Types
         * @description The kinds of facts that endpoints can choose.
         */
        get: operations["event_types_api_webhooks_event_types_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Events
         * @description Facts with their payload. Numbers are given in the order of creation, so both sorts are the same.
         */
        get: operations["list_events_api_webhooks_events_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/events/{eventId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Event
         * @description One fact.
         */
        get: operations["get_event_api_webhooks_events__event_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * AddressInput
         * @description A postal address.
         */
        AddressInput: {
            /** City */
            city?: string | null;
            /** Country */
            country?: string | null;
            /** Line1 */
            line1?: string | null;
            /** Line2 */
            line2?: string | null;
            /** Postalcode */
            postalCode?: string | null;
            /** Region */
            region?: string | null;
        };
        /**
         * AdjustsBody
         * @description The line that an adjustment corrects. A value of a matrix that was new had none: then `lineId` is what it would have been.
         */
        AdjustsBody: {
            billedTotal: components["schemas"]["MoneyModel"];
            /** Invoiceid */
            invoiceId: string;
            /** Lineid */
            lineId: string;
            reratedTotal: components["schemas"]["MoneyModel"];
        };
        /**
         * AdvanceInput
         * @description Where the clock is to be.
         */
        AdvanceInput: {
            /**
             * To
             * Format: date-time
             */
            to: string;
        };
        /**
         * AmendRequest
         * @description At least one new value. They are read by the rules of events, and refused with their codes.
         */
        AmendRequest: {
            /** Amount */
            amount?: number | string;
            /** Properties */
            properties?: Record<string, never>;
            /** Reason */
            reason: string;
            /**
             * Timestamp
             * Format: date-time
             */
            timestamp?: string;
        };
        /**
         * AuditEntryModel
         * @description One entry of the audit log. Its `hash` covers every other member (RFC 8785), behind the bytes of `previousHash`.
         */
        AuditEntryModel: {
            /** Action */
            action: string;
            /** Actor */
            actor: {
                [key: string]: string | null;
            };
            /** After */
            after: {
                [key: string]: unknown;
            } | null;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Before */
            before: {
                [key: string]: unknown;
            } | null;
            /** Code */
            code?: string | null;
            /** Hash */
            hash: string;
            /** Id */
            id: string;
            /** Ip */
            ip: string | null;
            /**
             * Outcome
             * @enum {string}
             */
            outcome: "done" | "refused";
            /** Previoushash */
            previousHash: string;
            /** Requestid */
            requestId: string | null;
            /** Sequence */
            sequence: number;
            /** Target */
            target: {
                [key: string]: string;
            };
            /** Useragent */
            userAgent: string | null;
        };
        /**
         * AuditLogModel
         * @description A page of the audit log, latest first.
         */
        AuditLogModel: {
            /** Data */
            data: components["schemas"]["AuditEntryModel"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * AuditVerification
         * @description Whether the chain holds from its first entry to its end; `firstBroken` is the sequence where it does not.
         */
        AuditVerification: {
            /** Entries */
            entries: number;
            /** Firstbroken */
            firstBroken: number | null;
            /** Headhash */
            headHash: string;
            /** Headsequence */
            headSequence: number;
            /** Passed */
            passed: boolean;
        };
        /**
         * BackfillPage
         * @description A page of backfills.
         */
        BackfillPage: {
            /** Data */
            data: components["schemas"]["BackfillView"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * BackfillRequest
         * @description A named range of times, [from, to).
         */
        BackfillRequest: {
            /**
             * From
             * Format: date-time
             */
            from: string;
            /** Name */
            name: string;
            /** Reason */
            reason: string;
            /**
             * To
             * Format: date-time
             */
            to: string;
        };
        /**
         * BackfillView
         * @description A backfill. `countedEvents`: all that ever counted; `revertedEvents`: those that were taken back.
         */
        BackfillView: {
            /** Closedat */
            closedAt: string | null;
            /** Countedevents */
            countedEvents: number;
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /**
             * From
             * Format: date-time
             */
            from: string;
            /** Id */
            id: string;
            /** Name */
            name: string;
            /** Reason */
            reason: string;
            /** Revertedat */
            revertedAt: string | null;
            /** Revertedevents */
            revertedEvents: number;
            /**
             * Status
             * @enum {string}
             */
            status: "open" | "closed" | "reverted";
            /**
             * To
             * Format: date-time
             */
            to: string;
            /** Version */
            version: number;
        };
        /**
         * BacktestBody
         * @description A page of customers; `totals` are those of the page.
         */
        BacktestBody: {
            /** Data */
            data: components["schemas"]["BacktestRow"][];
            /** Nextcursor */
            nextCursor: string | null;
            totals: components["schemas"]["BacktestTotals"];
        };
        /**
         * BacktestInput
         * @description A price, and the invoiced periods that lie between two instants: of these customers, or of all.
         */
        BacktestInput: {
            /** Cursor */
            cursor?: string | null;
            /** Customerids */
            customerIds?: string[] | null;
            /**
             * From
             * Format: date-time
             */
            from: string;
            /**
             * Limit
             * @default 100
             */
            limit?: number;
            /** Pricing */
            pricing: components["schemas"]["VersionPricing"] | components["schemas"]["DraftPricing"] | components["schemas"]["DefinitionPricing"];
            /**
             * To
             * Format: date-time
             */
            to: string;
        };
        /**
         * BacktestRow
         * @description Of one customer.
         */
        BacktestRow: {
            billed: components["schemas"]["MoneyModel"];
            /** Customerid */
            customerId: string;
            difference: components["schemas"]["MoneyModel"];
            simulated: components["schemas"]["MoneyModel"];
        };
        /**
         * BacktestTotals
         * @description What was billed, what the price would have billed, and the second minus the first.
         */
        BacktestTotals: {
            billed: components["schemas"]["MoneyModel"];
            difference: components["schemas"]["MoneyModel"];
            simulated: components["schemas"]["MoneyModel"];
        };
        /**
         * BarrierBody
         * @description One partition of the run's barrier; `behind`: records that must still be applied there, null before the marker is echoed.
         */
        BarrierBody: {
            /** Behind */
            behind: number | null;
            /** Markeroffset */
            markerOffset: number | null;
            /** Partition */
            partition: number;
            /** Reached */
            reached: boolean;
        };
        BatchReceipt: {
            accepted: number;
            idempotencyKey: string;
            rejected: components["schemas"]["RejectedInBatch"][];
            rejectedCount: number;
            /** @constant */
            status: "accepted";
        };
        /**
         * CancelInput
         * @description `at`: `now`, `period_end`, or a time that lies ahead.
         */
        CancelInput: {
            /** At */
            at: ("now" | "period_end") | string;
            /** Reason */
            reason?: string | null;
        };
        /**
         * ChangeBody
         * @description A change, whatever has become of it.
         */
        ChangeBody: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Endedat */
            endedAt: string | null;
            /** Id */
            id: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "change_plan" | "pause" | "resume" | "cancel";
            /** Planid */
            planId: string | null;
            /** Planversion */
            planVersion: number | null;
            /** Reason */
            reason: string | null;
            /**
             * Status
             * @enum {string}
             */
            status: "scheduled" | "applied" | "dropped";
        };
        /**
         * ChangeInput
         * @description Another plan, now or at the end of the running period. `at` of a preview, at most an hour old, makes it exactly what was shown.
         */
        ChangeInput: {
            /** At */
            at?: string | null;
            /**
             * Effective
             * @enum {string}
             */
            effective: "now" | "period_end";
            /** Planid */
            planId: string;
            /** Planversion */
            planVersion?: number | null;
        };
        /**
         * ChangeList
         * @description A page of changes.
         */
        ChangeList: {
            /** Data */
            data: components["schemas"]["ChangeBody"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * ChargeBody
         * @description A charge of a published version; with a matrix the price stands in there alone.
         */
        ChargeBody: {
            /** Id */
            id: string;
            /** Includedunits */
            includedUnits?: string | null;
            matrix: components["schemas"]["MatrixBody"] | null;
            maximumAmount?: components["schemas"]["MoneyModel"] | null;
            /** Metric */
            metric: string;
            minimumAmount?: components["schemas"]["MoneyModel"] | null;
            /** Model */
            model: string;
            /** Name */
            name: string;
            /** Packageprice */
            packagePrice?: string | null;
            /** Packagesize */
            packageSize?: string | null;
            /** Percent */
            percent?: string | null;
            /** Price */
            price?: string | null;
            /** Tiers */
            tiers?: components["schemas"]["TierBody"][] | null;
            /** Unitprice */
            unitPrice?: string | null;
        };
        /**
         * ChargeInput
         * @description The price of one metric; `metric` is its code. With a matrix the price stands in there alone.
         */
        ChargeInput: {
            /**
             * Includedunits
             * @default 0
             * @example 0.01
             */
            includedUnits?: number | string;
            matrix?: components["schemas"]["MatrixInput"] | null;
            maximumAmount?: components["schemas"]["MoneyInput"] | null;
            /** Metric */
            metric: string;
            minimumAmount?: components["schemas"]["MoneyInput"] | null;
            /**
             * Model
             * @enum {string}
             */
            model: "per_unit" | "graduated" | "volume" | "package" | "percentage" | "flat";
            /** Name */
            name?: string | null;
            /** Packageprice */
            packagePrice?: (number | string) | null;
            /** Packagesize */
            packageSize?: (number | string) | null;
            /** Percent */
            percent?: (number | string) | null;
            /** Price */
            price?: (number | string) | null;
            /** Tiers */
            tiers?: components["schemas"]["TierInput"][] | null;
            /** Unitprice */
            unitPrice?: (number | string) | null;
        };
        /**
         * ClockBody
         * @description The organization's time; `target` is null once it is there; `runIds` are the billing runs made on the way.
         */
        ClockBody: {
            /**
             * Now
             * Format: date-time
             */
            now: string;
            /** Runids */
            runIds: string[];
            /** Target */
            target: string | null;
        };
        /** @description A CloudEvent; source#id is the idempotency key, what data holds beside the amount are the properties. */
        CloudEvent: {
            data?: {
                /** @default 1 */
                amount?: number | string;
            } & {
                [key: string]: string | number | boolean | null;
            };
            /** @default application/json */
            datacontenttype?: string;
            id: string;
            /** Format: uri-reference */
            source: string;
            /** @constant */
            specversion: "1.0";
            subject: string;
            /** Format: date-time */
            time?: string;
            type: string;
        };
        CloudEventBatch: components["schemas"]["CloudEvent"][];
        /**
         * CollectionBody
         * @description Whether the money of an invoice could be collected now (`obstacle` null), by whom, and where its dunning has come to.
         */
        CollectionBody: {
            dunning: components["schemas"]["DunningBody"] | null;
            /** Obstacle */
            obstacle: ("not_due" | "under_way" | "no_provider" | "no_payment_method") | null;
            /** Provider */
            provider: string | null;
        };
        /**
         * ConflictAnswer
         * @description What came under a used key, or named a revision that was no longer the present one. `differs`: the fields in which both differ.
         */
        ConflictAnswer: {
            /** Counted */
            counted: {
                [key: string]: unknown;
            } | null;
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Differs */
            differs: string[];
            /**
             * Eventid
             * Format: uuid
             */
            eventId: string;
            /** Id */
            id: string;
            /** Idempotencykey */
            idempotencyKey: string | null;
            /** Kind */
            kind: string;
            /** Refused */
            refused: {
                [key: string]: unknown;
            };
        };
        /**
         * ConflictsAnswer
         * @description A page of conflicts.
         */
        ConflictsAnswer: {
            /** Data */
            data: components["schemas"]["ConflictAnswer"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * CorrectedEventAnswer
         * @description The event as it counts until the correction is applied. Of one that was voided in advance only its id and customer are known.
         */
        CorrectedEventAnswer: {
            /** Amount */
            amount?: string | null;
            /** Backfillid */
            backfillId?: string | null;
            /** Corrections */
            corrections: components["schemas"]["CorrectionAnswer"][];
            /** Customerid */
            customerId: string;
            /**
             * Eventid
             * Format: uuid
             */
            eventId: string;
            /** Hash */
            hash?: string | null;
            /** Idempotencykey */
            idempotencyKey?: string | null;
            /** Metric */
            metric?: string | null;
            /** Offset */
            offset?: number | null;
            /** Partition */
            partition: number;
            /** Properties */
            properties?: {
                [key: string]: unknown;
            } | null;
            /** Receivedat */
            receivedAt?: string | null;
            /** Revision */
            revision?: number | null;
            /**
             * Status
             * @enum {string}
             */
            status: "counted" | "voided" | "reverted";
            /** Timestamp */
            timestamp?: string | null;
        };
        /**
         * CorrectionAnswer
         * @description One correction. `offset` is null while it is `pending`: accepted, and not counted yet.
         */
        CorrectionAnswer: {
            /** Actor */
            actor: string;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "void" | "amend";
            /** Offset */
            offset: number | null;
            /** Partition */
            partition: number;
            /**
             * Pending
             * @default false
             */
            pending?: boolean;
            /** Reason */
            reason: string;
            /** Revision */
            revision: number;
        };
        /**
         * CorrectionBody
         * @description A correction that was applied to an event.
         */
        CorrectionBody: {
            /** Actor */
            actor: string;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Kind */
            kind: string;
            /** Offset */
            offset: number;
            /** Partition */
            partition: number;
            /** Reason */
            reason: string;
            /** Revision */
            revision: number;
        };
        /**
         * CreditLineBody
         * @description So much off a line.
         */
        CreditLineBody: {
            amount: components["schemas"]["MoneyModel"];
            /** Lineid */
            lineId: string;
        };
        /**
         * CreditLineInput
         * @description So much off a line.
         */
        CreditLineInput: {
            amount: components["schemas"]["MoneyInput"];
            /** Lineid */
            lineId: string;
        };
        /**
         * CreditNoteBody
         * @description A credit note.
         */
        CreditNoteBody: {
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Customerid */
            customerId: string;
            /**
             * Disposition
             * @enum {string}
             */
            disposition: "reduce_due" | "refund" | "next_invoice";
            /** Id */
            id: string;
            /** Invoiceid */
            invoiceId: string;
            /** Lines */
            lines: components["schemas"]["CreditLineBody"][];
            /** Number */
            number: string;
            /** Reason */
            reason: string;
            total: components["schemas"]["MoneyModel"];
        };
        /**
         * CreditNoteCreate
         * @description `reduce_due` lowers what is due on an open invoice; `refund` and `next_invoice` give back what was paid.
         */
        CreditNoteCreate: {
            /**
             * Disposition
             * @enum {string}
             */
            disposition: "reduce_due" | "refund" | "next_invoice";
            /** Lines */
            lines: components["schemas"]["CreditLineInput"][];
            /** Reason */
            reason: string;
        };
        /**
         * CreditNoteList
         * @description A page of credit notes.
         */
        CreditNoteList: {
            /** Data */
            data: components["schemas"]["CreditNoteBody"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * CustomerBody
         * @description A customer.
         */
        CustomerBody: {
            /** Address */
            address: {
                [key: string]: string | null;
            } | null;
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Customerid */
            customerId: string;
            /** Email */
            email: string | null;
            /** Metadata */
            metadata: {
                [key: string]: string;
            };
            /** Name */
            name: string | null;
            /** Paymentmethod */
            paymentMethod: string | null;
            /** Taxid */
            taxId: string | null;
            /** Timezone */
            timeZone: string;
            /** Version */
            version: number;
        };
        /**
         * CustomerCreate
         * @description A new customer.
         */
        CustomerCreate: {
            address?: components["schemas"]["AddressInput"] | null;
            /** Customerid */
            customerId: string;
            /** Email */
            email?: string | null;
            /** Metadata */
            metadata?: {
                [key: string]: string;
            } | null;
            /** Name */
            name?: string | null;
            /** Paymentmethod */
            paymentMethod?: string | null;
            /** Taxid */
            taxId?: string | null;
            /** Timezone */
            timeZone?: string | null;
        };
        /**
         * CustomerList
         * @description A page of customers.
         */
        CustomerList: {
            /** Data */
            data: components["schemas"]["CustomerBody"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * CustomerPatch
         * @description What is to change of a customer; null takes it away. The id and the time of creation stay.
         */
        CustomerPatch: {
            address?: components["schemas"]["AddressInput"] | null;
            /** Email */
            email?: string | null;
            /** Metadata */
            metadata?: {
                [key: string]: string;
            } | null;
            /** Name */
            name?: string | null;
            /** Paymentmethod */
            paymentMethod?: string | null;
            /** Taxid */
            taxId?: string | null;
            /** Timezone */
            timeZone?: string | null;
        };
        /**
         * CustomerReplace
         * @description Everything about a customer but its id. The time zone defaults to the organization's.
         *
         *     `paymentMethod` is what the payment provider charges, as it names it; invoices of a customer without one wait for recorded payments.
         */
        CustomerReplace: {
            address?: components["schemas"]["AddressInput"] | null;
            /** Email */
            email?: string | null;
            /** Metadata */
            metadata?: {
                [key: string]: string;
            } | null;
            /** Name */
            name?: string | null;
            /** Paymentmethod */
            paymentMethod?: string | null;
            /** Taxid */
            taxId?: string | null;
            /** Timezone */
            timeZone?: string | null;
        };
        /**
         * DefinitionInput
         * @description What a version of a plan says.
         */
        DefinitionInput: {
            /**
             * Baseprice
             * @default 0
             * @example 0.01
             */
            basePrice?: number | string;
            /**
             * Billing
             * @default arrears
             * @enum {string}
             */
            billing?: "advance" | "arrears";
            /**
             * Charges
             * @default []
             */
            charges?: components["schemas"]["ChargeInput"][];
            /**
             * Interval
             * @enum {string}
             */
            interval: "day" | "week" | "month" | "quarter" | "year";
            /**
             * Intervalcount
             * @default 1
             */
            intervalCount?: number;
            /**
             * Trialdays
             * @default 0
             */
            trialDays?: number;
        };
        /**
         * DefinitionPricing
         * @description A definition that no plan has.
         */
        DefinitionPricing: {
            /** Currency */
            currency: string;
            definition: components["schemas"]["DefinitionInput"];
        };
        /**
         * Deliveries
         * @description A window with its attempts: how many succeeded and failed, and how long half of them, and all but a twentieth, took at most.
         */
        Deliveries: {
            /**
             * End
             * Format: date-time
             */
            end: string;
            /** Failed */
            failed: number;
            /** P50Ms */
            p50Ms: number;
            /** P95Ms */
            p95Ms: number;
            /**
             * Start
             * Format: date-time
             */
            start: string;
            /** Succeeded */
            succeeded: number;
        };
        /**
         * Deliveries24h
         * @description Attempts of the last 24 hours; `successRate` is null where there was none.
         */
        Deliveries24h: {
            /** Failed */
            failed: number;
            /** Succeeded */
            succeeded: number;
            /** Successrate */
            successRate: string | null;
        };
        /**
         * DeliveriesList
         * @description By window; one without an attempt has no row.
         */
        DeliveriesList: {
            /** Data */
            data: components["schemas"]["Deliveries"][];
            /**
             * From
             * Format: date-time
             */
            from: string;
            /** Nextcursor */
            nextCursor?: null;
            /** Timezone */
            timeZone: string;
            /**
             * To
             * Format: date-time
             */
            to: string;
            windowSize: components["schemas"]["WindowSize"];
        };
        /**
         * DeliveryList
         * @description Newest first, without bodies.
         */
        DeliveryList: {
            /** Data */
            data: components["schemas"]["DeliveryModel"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * DeliveryModel
         * @description An attempt as logged. `response` is null where nothing was answered; `errorDetail` says `errorCode` in plain words.
         */
        DeliveryModel: {
            /** Attempt */
            attempt: number;
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Dispatchid */
            dispatchId: string;
            /** Durationms */
            durationMs: number;
            /** Endpointid */
            endpointId: string;
            errorCode: components["schemas"]["ErrorCode"] | null;
            /** Errordetail */
            errorDetail: string | null;
            /** Id */
            id: string;
            /**
             * Outcome
             * @enum {string}
             */
            outcome: "succeeded" | "failed";
            /** Remoteaddress */
            remoteAddress: string | null;
            request: components["schemas"]["SentModel"];
            response: components["schemas"]["ReceivedModel"] | null;
            /** Statuscode */
            statusCode: number | null;
            timings: components["schemas"]["TimingsModel"];
            /** Url */
            url: string;
        };
        /**
         * DispatchList
         * @description Newest first.
         */
        DispatchList: {
            /** Data */
            data: components["schemas"]["DispatchModel"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * DispatchModel
         * @description One fact for one endpoint, and where it stands.
         */
        DispatchModel: {
            /** Attempts */
            attempts: number;
            /** Completedat */
            completedAt: string | null;
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Endpointid */
            endpointId: string;
            /** Eventid */
            eventId: string;
            /** Eventtype */
            eventType: string;
            /** Id */
            id: string;
            /** Nextattemptat */
            nextAttemptAt: string | null;
            /**
             * Status
             * @enum {string}
             */
            status: "pending" | "retrying" | "delivered" | "failed" | "parked" | "discarded";
        };
        /**
         * DraftPricing
         * @description The draft of a plan.
         */
        DraftPricing: {
            /**
             * Draft
             * @constant
             */
            draft: true;
            /** Planid */
            planId: string;
        };
        /**
         * DunningBody
         * @description A dunning that goes on. `attempts` have failed; `attemptsAt` are the further ones by the schedule, past ones included.
         */
        DunningBody: {
            /** Attempts */
            attempts: number;
            /** Attemptsat */
            attemptsAt: string[];
            /**
             * Beganat
             * Format: date-time
             */
            beganAt: string;
            /** Nextattemptat */
            nextAttemptAt: string | null;
            /** Suspendedat */
            suspendedAt: string | null;
            /**
             * Suspendsat
             * Format: date-time
             */
            suspendsAt: string;
        };
        /**
         * DunningInput
         * @description Days behind the first failure: of each further attempt, ascending, and of the suspension.
         */
        DunningInput: {
            /** Retryafterdays */
            retryAfterDays: number[];
            /** Suspendafterdays */
            suspendAfterDays: number;
        };
        /**
         * EnableRequest
         * @description What becomes of the dispatches that were parked.
         */
        EnableRequest: {
            /**
             * Parked
             * @default send
             * @enum {string}
             */
            parked?: "send" | "discard";
        };
        /**
         * EndpointCreate
         * @description A new endpoint.
         */
        EndpointCreate: {
            /** Concurrency */
            concurrency?: number | null;
            /** Description */
            description?: string | null;
            /** Eventtypes */
            eventTypes: string[];
            /** Headers */
            headers?: {
                [key: string]: string;
            } | null;
            /** Ratepersecond */
            ratePerSecond?: number | null;
            /** Url */
            url: string;
        };
        /**
         * EndpointList
         * @description Newest first.
         */
        EndpointList: {
            /** Data */
            data: components["schemas"]["EndpointModel"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * EndpointModel
         * @description An endpoint. `secret` is only there when it is created, rotated or revealed; values of `headers` are masked.
         */
        EndpointModel: {
            /** Concurrency */
            concurrency: number;
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Description */
            description: string | null;
            /** Disabledreason */
            disabledReason: ("manual" | "gone" | "failing") | null;
            /** Eventtypes */
            eventTypes: string[];
            /** Headers */
            headers: {
                [key: string]: string;
            };
            health: components["schemas"]["HealthModel"];
            /** Id */
            id: string;
            /** Ratepersecond */
            ratePerSecond: number | null;
            /** Secret */
            secret?: string | null;
            /**
             * Secretrotatedat
             * Format: date-time
             */
            secretRotatedAt: string;
            /**
             * Status
             * @enum {string}
             */
            status: "enabled" | "disabled";
            /** Url */
            url: string;
            /** Version */
            version: number;
        };
        /**
         * EndpointPatch
         * @description A merge patch: what is absent stays. Null clears the description, the headers and the rate, and brings back the default concurrency.
         */
        EndpointPatch: {
            /** Concurrency */
            concurrency?: number | null;
            /** Description */
            description?: string | null;
            /** Eventtypes */
            eventTypes?: string[];
            /** Headers */
            headers?: {
                [key: string]: string;
            } | null;
            /** Ratepersecond */
            ratePerSecond?: number | null;
            /**
             * Url
             * @default
             */
            url?: string;
        };
        /**
         * ErrorCode
         * @description Why an attempt failed.
         * @enum {string}
         */
        ErrorCode: "http_status" | "redirect" | "timeout" | "dns" | "address_refused" | "connect" | "tls" | "response_invalid" | "interrupted";
        /**
         * EventAnswer
         * @description One event as it is now. `hash` is that of the values shown; a correction raises the revision.
         */
        EventAnswer: {
            /** Amount */
            amount: string;
            /** Backfillid */
            backfillId: string | null;
            /** Corrections */
            corrections: components["schemas"]["CorrectionBody"][];
            /** Customerid */
            customerId: string;
            /**
             * Eventid
             * Format: uuid
             */
            eventId: string;
            /** Hash */
            hash: string;
            /** Idempotencykey */
            idempotencyKey: string;
            /** Metric */
            metric: string;
            /** Offset */
            offset: number;
            /** Partition */
            partition: number;
            /** Properties */
            properties: {
                [key: string]: unknown;
            };
            /**
             * Receivedat
             * Format: date-time
             */
            receivedAt: string;
            /** Revision */
            revision: number;
            /**
             * Status
             * @enum {string}
             */
            status: "counted" | "voided" | "reverted";
            /**
             * Timestamp
             * Format: date-time
             */
            timestamp: string;
        };
        EventBatch: {
            events: components["schemas"]["SentEvent"][];
        };
        /**
         * EventList
         * @description The raw events behind a line, as the aggregator shows them.
         */
        EventList: {
            /** Data */
            data: {
                [key: string]: unknown;
            }[];
            /** Nextcursor */
            nextCursor: string | null;
        };
        EventReceipt: {
            /** Format: uuid */
            eventId: string;
            idempotencyKey: string;
            /** @constant */
            status: "accepted";
        };
        /**
         * EventTypeList
         * @description All of them, on one page.
         */
        EventTypeList: {
            /** Data */
            data: components["schemas"]["EventTypeModel"][];
            /** Nextcursor */
            nextCursor: null;
        };
        /**
         * EventTypeModel
         * @description A kind of fact, and the JSON Schema of its `data`.
         */
        EventTypeModel: {
            /** Description */
            description: string;
            /** Name */
            name: string;
            /** Schema */
            schema: {
                [key: string]: unknown;
            };
        };
        /**
         * EventsAnswer
         * @description A page may hold fewer events than its limit, even none, and still have a next one: a search reads so many events, and no more.
         */
        EventsAnswer: {
            /** Data */
            data: components["schemas"]["EventAnswer"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * EventsReceived
         * @description A window of receipt: events counted, of these late (over an hour after their time), and repetitions of what was counted.
         */
        EventsReceived: {
            /** Counted */
            counted: number;
            /** Duplicates */
            duplicates: number;
            /**
             * End
             * Format: date-time
             */
            end: string;
            /** Late */
            late: number;
            /**
             * Start
             * Format: date-time
             */
            start: string;
        };
        /**
         * EventsReceivedList
         * @description By window; one in which nothing came has no row. `eventsPerSecond`: in the quarter hour that runs and the one before.
         */
        EventsReceivedList: {
            /** Countedthrough */
            countedThrough: string | null;
            /** Data */
            data: components["schemas"]["EventsReceived"][];
            /**
             * Eventspersecond
             * @example 0.01
             */
            eventsPerSecond: string;
            /**
             * From
             * Format: date-time
             */
            from: string;
            /** Nextcursor */
            nextCursor?: null;
            /** Timezone */
            timeZone: string;
            /**
             * To
             * Format: date-time
             */
            to: string;
            windowSize: components["schemas"]["WindowSize"];
        };
        /**
         * EventsToday
         * @description Events received since midnight: counted and refused.
         */
        EventsToday: {
            /** Counted */
            counted: number;
            /** Countedthrough */
            countedThrough: string | null;
            /** Rejected */
            rejected: number | null;
        };
        /**
         * EvidenceBody
         * @description What the invoice rests on.
         */
        EvidenceBody: {
            /** Billingrunid */
            billingRunId: string;
            /** Cut */
            cut: {
                [key: string]: number;
            };
            /** Hash */
            hash: string;
            /** Markers */
            markers: {
                [key: string]: number;
            };
            /** Previoushash */
            previousHash: string;
        };
        /**
         * ExplanationBody
         * @description Line → steps → windows → recomputed amount.
         */
        ExplanationBody: {
            line: components["schemas"]["LineBody"];
            /** Matches */
            matches: boolean;
            recomputed: components["schemas"]["RecomputedBody"] | null;
            /** Steps */
            steps: components["schemas"]["StepBody"][];
            windows: components["schemas"]["WindowList"];
        };
        /**
         * FailureBody
         * @description A subscription whose period stays a draft, and why.
         */
        FailureBody: {
            /** Code */
            code: string;
            /** Detail */
            detail: string;
            /** Subscriptionid */
            subscriptionId: string;
        };
        /**
         * FilterInput
         * @description What a property must be for an event to count.
         */
        FilterInput: {
            /**
             * Operator
             * @enum {string}
             */
            operator: "equals" | "in" | "exists" | "gt" | "gte" | "lt" | "lte";
            /** Property */
            property: string;
            /** Value */
            value?: (string | number | boolean) | (string | number | boolean)[];
        };
        /**
         * FilterView
         * @description What a property must be: numbers are canonical decimal text.
         */
        FilterView: {
            /**
             * Operator
             * @enum {string}
             */
            operator: "equals" | "in" | "exists" | "gt" | "gte" | "lt" | "lte";
            /** Property */
            property: string;
            /** Value */
            value: string | boolean | (string | boolean)[];
        };
        /**
         * HealthModel
         * @description Attempts of the last 24 hours, dispatches that wait for the endpoint to be enabled, and since when nothing gets through.
         */
        HealthModel: {
            /** Failed24H */
            failed24h: number;
            /** Failingsince */
            failingSince: string | null;
            /** Parked */
            parked: number;
            /** Succeeded24H */
            succeeded24h: number;
        };
        /**
         * InvitationAccept
         * @description `name` and `password` make an account; somebody who has signed in as the invited address sends the token alone.
         */
        InvitationAccept: {
            /** Name */
            name?: string | null;
            /** Password */
            password?: string | null;
            /** Token */
            token: string;
        };
        /**
         * InvitationBody
         * @description An open invitation.
         */
        InvitationBody: {
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Email */
            email: string;
            /**
             * Expiresat
             * Format: date-time
             */
            expiresAt: string;
            /** Id */
            id: string;
            role: components["schemas"]["Role"];
        };
        /**
         * InvitationCreate
         * @description Whom to invite, and as what.
         */
        InvitationCreate: {
            /** Email */
            email: string;
            role: components["schemas"]["Role"];
        };
        /**
         * InvitationList
         * @description Open invitations, newest first.
         */
        InvitationList: {
            /** Data */
            data: components["schemas"]["InvitationBody"][];
            /** Nextcursor */
            nextCursor?: null;
        };
        /**
         * InvitationToken
         * @description What stands behind the `#` of the link.
         */
        InvitationToken: {
            /** Token */
            token: string;
        };
        /**
         * InvoiceBody
         * @description An invoice, whole.
         */
        InvoiceBody: {
            amountCredited: components["schemas"]["MoneyModel"];
            amountDue: components["schemas"]["MoneyModel"];
            amountPaid: components["schemas"]["MoneyModel"];
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Currency */
            currency: string;
            /** Customer */
            customer: {
                [key: string]: unknown;
            } | null;
            /** Customerid */
            customerId: string;
            /** Dueat */
            dueAt: string | null;
            evidence: components["schemas"]["EvidenceBody"] | null;
            /** Id */
            id: string;
            /** Issuedat */
            issuedAt: string | null;
            /** Issuer */
            issuer: {
                [key: string]: unknown;
            };
            /** Linecount */
            lineCount: number;
            /** Lines */
            lines: components["schemas"]["LineBody"][];
            /** Number */
            number: string | null;
            /** Paidat */
            paidAt: string | null;
            period: components["schemas"]["SpanBody"];
            /** Plancode */
            planCode: string;
            /** Planversion */
            planVersion: number;
            /** Sequence */
            sequence: number | null;
            /** Status */
            status: string;
            /** Subscriptionid */
            subscriptionId: string;
            total: components["schemas"]["MoneyModel"];
            /** Version */
            version: number;
            /** Voidedat */
            voidedAt: string | null;
        };
        /**
         * InvoiceList
         * @description A page of invoices.
         */
        InvoiceList: {
            /** Data */
            data: components["schemas"]["InvoiceSummary"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * InvoiceSummary
         * @description An invoice without lines and evidence. Number and dates are null until Kafka has its record.
         */
        InvoiceSummary: {
            amountCredited: components["schemas"]["MoneyModel"];
            amountDue: components["schemas"]["MoneyModel"];
            amountPaid: components["schemas"]["MoneyModel"];
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Currency */
            currency: string;
            /** Customer */
            customer: {
                [key: string]: unknown;
            } | null;
            /** Customerid */
            customerId: string;
            /** Dueat */
            dueAt: string | null;
            /** Id */
            id: string;
            /** Issuedat */
            issuedAt: string | null;
            /** Issuer */
            issuer: {
                [key: string]: unknown;
            };
            /** Linecount */
            lineCount: number;
            /** Number */
            number: string | null;
            /** Paidat */
            paidAt: string | null;
            period: components["schemas"]["SpanBody"];
            /** Plancode */
            planCode: string;
            /** Planversion */
            planVersion: number;
            /** Sequence */
            sequence: number | null;
            /** Status */
            status: string;
            /** Subscriptionid */
            subscriptionId: string;
            total: components["schemas"]["MoneyModel"];
            /** Version */
            version: number;
            /** Voidedat */
            voidedAt: string | null;
        };
        /**
         * IssuerInput
         * @description Who stands at the head of invoices from now on.
         */
        IssuerInput: {
            address?: components["schemas"]["AddressInput"] | null;
            /** Name */
            name: string;
            /** Taxid */
            taxId?: string | null;
        };
        /**
         * KeyBody
         * @description A key without its secret.
         */
        KeyBody: {
            /** Allowedaddresses */
            allowedAddresses: string[] | null;
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Createdby */
            createdBy: string;
            /** Expiresat */
            expiresAt: string | null;
            /** Id */
            id: string;
            /** Last4 */
            last4: string;
            /** Lastusedat */
            lastUsedAt: string | null;
            /** Name */
            name: string;
            /** Replaces */
            replaces: string | null;
            /** Scopes */
            scopes: string[];
            /** Start */
            start: string;
            /**
             * Status
             * @enum {string}
             */
            status: "active" | "expired" | "revoked";
            /** Version */
            version: number;
        };
        /**
         * KeyCreate
         * @description A new key: its scopes are those of its maker at most; `allowedAddresses` are CIDRs, without them it may be used from anywhere.
         */
        KeyCreate: {
            /** Allowedaddresses */
            allowedAddresses?: string[] | null;
            /** Expiresat */
            expiresAt?: string | null;
            /** Name */
            name: string;
            /** Scopes */
            scopes: string[];
        };
        /**
         * KeyList
         * @description Newest first.
         */
        KeyList: {
            /** Data */
            data: components["schemas"]["KeyBody"][];
            /** Nextcursor */
            nextCursor?: null;
        };
        /**
         * KeyPatch
         * @description Another name.
         */
        KeyPatch: {
            /** Name */
            name: string;
        };
        /**
         * KeyReroll
         * @description For so many hours both keys open the same.
         */
        KeyReroll: {
            /**
             * Overlaphours
             * @default 24
             */
            overlapHours?: number;
        };
        /**
         * LineBody
         * @description A line; the members from `chargeId` to `digest` are null on lines that bill no usage.
         *
         *     With a matrix `group` names the value that the line bills: "" where events had none, `__other__` beyond the limit of groups.
         */
        LineBody: {
            adjusts?: components["schemas"]["AdjustsBody"] | null;
            amount: components["schemas"]["MoneyModel"];
            /** Billableunits */
            billableUnits?: string | null;
            /** Chargeid */
            chargeId?: string | null;
            /** Description */
            description: string;
            /** Digest */
            digest?: string | null;
            /** Eventcount */
            eventCount?: number | null;
            /** Group */
            group?: {
                [key: string]: string;
            } | null;
            /** Id */
            id: string;
            /** Includedunits */
            includedUnits?: string | null;
            /** Kind */
            kind: string;
            /** Metric */
            metric?: string | null;
            /** Model */
            model?: string | null;
            period: components["schemas"]["SpanBody"];
            /** Planid */
            planId?: string | null;
            /** Planversion */
            planVersion?: number | null;
            proration?: components["schemas"]["ProrationBody"] | null;
            /** Quantity */
            quantity?: string | null;
            /** Steps */
            steps?: components["schemas"]["StepBody"][] | null;
            /** Unrounded */
            unrounded?: string | null;
        };
        /**
         * LineList
         * @description All lines of an invoice.
         */
        LineList: {
            /** Data */
            data: components["schemas"]["LineBody"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * ListedSession
         * @description One of the user's sessions.
         */
        ListedSession: {
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Current */
            current: boolean;
            /** Id */
            id: string;
            /** Ip */
            ip: string | null;
            /**
             * Lastseenat
             * Format: date-time
             */
            lastSeenAt: string;
            /** Useragent */
            userAgent: string | null;
        };
        /**
         * MatrixBody
         * @description The prices of a matrix.
         */
        MatrixBody: {
            default: components["schemas"]["PriceBody"];
            /** Property */
            property: string;
            /** Values */
            values: components["schemas"]["MatrixValueBody"][];
        };
        /**
         * MatrixInput
         * @description A price for each value of one of the metric's group-by keys; `default` for all others.
         */
        MatrixInput: {
            default: components["schemas"]["PriceInput"];
            /** Property */
            property: string;
            /**
             * Values
             * @default []
             */
            values?: components["schemas"]["MatrixValueInput"][];
        };
        /**
         * MatrixValueBody
         * @description The price of one value.
         */
        MatrixValueBody: {
            /** Includedunits */
            includedUnits?: string | null;
            maximumAmount?: components["schemas"]["MoneyModel"] | null;
            minimumAmount?: components["schemas"]["MoneyModel"] | null;
            /** Packageprice */
            packagePrice?: string | null;
            /** Packagesize */
            packageSize?: string | null;
            /** Percent */
            percent?: string | null;
            /** Price */
            price?: string | null;
            /** Tiers */
            tiers?: components["schemas"]["TierBody"][] | null;
            /** Unitprice */
            unitPrice?: string | null;
            /** Value */
            value: string;
        };
        /**
         * MatrixValueInput
         * @description The price of one value of the matrix's key, compared by its canonical text.
         */
        MatrixValueInput: {
            /**
             * Includedunits
             * @default 0
             * @example 0.01
             */
            includedUnits?: number | string;
            maximumAmount?: components["schemas"]["MoneyInput"] | null;
            minimumAmount?: components["schemas"]["MoneyInput"] | null;
            /** Packageprice */
            packagePrice?: (number | string) | null;
            /** Packagesize */
            packageSize?: (number | string) | null;
            /** Percent */
            percent?: (number | string) | null;
            /** Price */
            price?: (number | string) | null;
            /** Tiers */
            tiers?: components["schemas"]["TierInput"][] | null;
            /** Unitprice */
            unitPrice?: (number | string) | null;
            /** Value */
            value: string;
        };
        /**
         * MemberBody
         * @description A member.
         */
        MemberBody: {
            /** Email */
            email: string | null;
            /**
             * Joinedat
             * Format: date-time
             */
            joinedAt: string;
            /** Lastseenat */
            lastSeenAt: string | null;
            /** Name */
            name: string;
            role: components["schemas"]["Role"];
            /** Userid */
            userId: string;
            /** Version */
            version: number;
        };
        /**
         * MemberList
         * @description All members.
         */
        MemberList: {
            /** Data */
            data: components["schemas"]["MemberBody"][];
            /** Nextcursor */
            nextCursor?: null;
        };
        /**
         * MetricInput
         * @description A new metric.
         */
        MetricInput: {
            /**
             * Aggregation
             * @enum {string}
             */
            aggregation: "COUNT" | "SUM" | "MAX" | "MIN" | "AVG" | "UNIQUE" | "LATEST" | "WEIGHTED_SUM";
            /** Code */
            code: string;
            /** Description */
            description?: string | null;
            /** Eventname */
            eventName?: string | null;
            /** Filters */
            filters?: components["schemas"]["FilterInput"][] | null;
            /** Groupby */
            groupBy?: string[] | null;
            /** Metadata */
            metadata?: {
                [key: string]: string;
            } | null;
            /** Name */
            name: string;
            /** Unit */
            unit?: string | null;
            /** Valueproperty */
            valueProperty?: string | null;
        };
        /**
         * MetricPage
         * @description A page of metrics.
         */
        MetricPage: {
            /** Data */
            data: components["schemas"]["MetricView"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * MetricPatch
         * @description A merge patch of the words around a metric: what is absent stays, null clears. A name cannot be cleared.
         */
        MetricPatch: {
            /** Description */
            description?: string | null;
            /** Metadata */
            metadata?: {
                [key: string]: string | null;
            } | null;
            /** Name */
            name?: string | null;
            /** Unit */
            unit?: string | null;
        };
        /**
         * MetricToday
         * @description A metric's value since midnight, and yesterday's at this time of day; null where there is none.
         */
        MetricToday: {
            /** Metric */
            metric: string;
            /** Value */
            value: string | null;
            /** Yesterdaysametime */
            yesterdaySameTime: string | null;
        };
        /**
         * MetricView
         * @description A metric.
         */
        MetricView: {
            /**
             * Activefrom
             * Format: date-time
             */
            activeFrom: string;
            /**
             * Aggregation
             * @enum {string}
             */
            aggregation: "COUNT" | "SUM" | "MAX" | "MIN" | "AVG" | "UNIQUE" | "LATEST" | "WEIGHTED_SUM";
            /** Code */
            code: string;
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Description */
            description: string | null;
            /** Eventname */
            eventName: string;
            /** Filters */
            filters: components["schemas"]["FilterView"][];
            /** Groupby */
            groupBy: string[];
            /** Id */
            id: string;
            /** Metadata */
            metadata: {
                [key: string]: string;
            };
            /** Name */
            name: string;
            /**
             * Status
             * @enum {string}
             */
            status: "active" | "archived";
            /** Unit */
            unit: string | null;
            /** Valueproperty */
            valueProperty: string | null;
            /** Version */
            version: number;
        };
        /**
         * MoneyInput
         * @description Money in a request: integer minor units within what JSON numbers carry exactly, and a known currency.
         */
        MoneyInput: {
            /** Amountminor */
            amountMinor: number;
            /** Currency */
            currency: string;
        };
        /**
         * MoneyModel
         * @description `{"amountMinor":12000,"currency":"USD"}`.
         */
        MoneyModel: {
            /** Amountminor */
            amountMinor: number;
            /** Currency */
            currency: string;
        };
        /**
         * NewInvitationBody
         * @description The answer of its making: `token` is shown this once, and `acceptUrl` is where it is used.
         */
        NewInvitationBody: {
            /** Accepturl */
            acceptUrl: string;
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Email */
            email: string;
            /**
             * Expiresat
             * Format: date-time
             */
            expiresAt: string;
            /** Id */
            id: string;
            role: components["schemas"]["Role"];
            /** Token */
            token: string;
        };
        /**
         * NewKeyBody
         * @description The answer of its making: `secret` is shown this once.
         */
        NewKeyBody: {
            /** Allowedaddresses */
            allowedAddresses: string[] | null;
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Createdby */
            createdBy: string;
            /** Expiresat */
            expiresAt: string | null;
            /** Id */
            id: string;
            /** Last4 */
            last4: string;
            /** Lastusedat */
            lastUsedAt: string | null;
            /** Name */
            name: string;
            /** Replaces */
            replaces: string | null;
            /** Scopes */
            scopes: string[];
            /** Secret */
            secret: string;
            /** Start */
            start: string;
            /**
             * Status
             * @enum {string}
             */
            status: "active" | "expired" | "revoked";
            /** Version */
            version: number;
        };
        /**
         * NoFields
         * @description A body without members.
         */
        NoFields: Record<string, never>;
        /**
         * OfferedBody
         * @description What an invitation offers.
         */
        OfferedBody: {
            /** Email */
            email: string;
            /**
             * Expiresat
             * Format: date-time
             */
            expiresAt: string;
            /** Organizationname */
            organizationName: string;
            role: components["schemas"]["Role"];
        };
        /**
         * Order
         * @description By the log (which is the order of receipt, to within milliseconds) or by event time; `-`: descending.
         * @enum {string}
         */
        Order: "receivedAt" | "-receivedAt" | "timestamp" | "-timestamp";
        /**
         * OrganizationCreate
         * @description One more organization. A test organization has a clock of its own, and never reaches a real payment provider.
         */
        OrganizationCreate: {
            /**
             * Mode
             * @default live
             * @enum {string}
             */
            mode?: "live" | "test";
            /** Name */
            name: string;
        };
        /**
         * OrganizationDeletion
         * @description The organization's name as it is written, and the owner's password.
         */
        OrganizationDeletion: {
            /** Name */
            name: string;
            /** Password */
            password: string;
        };
        /**
         * OrganizationList
         * @description The user's organizations, in the order of joining.
         */
        OrganizationList: {
            /** Data */
            data: components["schemas"]["OwnOrganization"][];
            /** Nextcursor */
            nextCursor?: null;
        };
        /**
         * OrganizationModel
         * @description The organization of this request.
         */
        OrganizationModel: {
            /** Autofinalize */
            autoFinalize: boolean;
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Defaultcurrency */
            defaultCurrency: string;
            /** Dunning */
            dunning: {
                [key: string]: unknown;
            };
            /** Gracehours */
            graceHours: number;
            /** Id */
            id: string;
            /** Invoicenumberprefix */
            invoiceNumberPrefix: string;
            /** Issuer */
            issuer: {
                [key: string]: unknown;
            };
            /** Maxeventagedays */
            maxEventAgeDays: number;
            /**
             * Mode
             * @enum {string}
             */
            mode: "live" | "test";
            /** Name */
            name: string;
            /** Paymenttermdays */
            paymentTermDays: number;
            /** Timezone */
            timeZone: string;
            /** Version */
            version: number;
        };
        /**
         * OrganizationPatch
         * @description What is to change. Invoices that are issued keep what they say; the mode stays.
         */
        OrganizationPatch: {
            /** Autofinalize */
            autoFinalize?: boolean | null;
            /** Defaultcurrency */
            defaultCurrency?: string | null;
            dunning?: components["schemas"]["DunningInput"] | null;
            /** Gracehours */
            graceHours?: number | null;
            /** Invoicenumberprefix */
            invoiceNumberPrefix?: string | null;
            issuer?: components["schemas"]["IssuerInput"] | null;
            /** Maxeventagedays */
            maxEventAgeDays?: number | null;
            /** Name */
            name?: string | null;
            /** Paymenttermdays */
            paymentTermDays?: number | null;
            /** Timezone */
            timeZone?: string | null;
        };
        /**
         * OrganizationTransfer
         * @description Who becomes OWNER, and the password of who is.
         */
        OrganizationTransfer: {
            /** Password */
            password: string;
            /** Userid */
            userId: string;
        };
        /**
         * Owed
         * @description Open invoices, how many of them are overdue, and what is due on all of them.
         */
        Owed: {
            /** Amountdue */
            amountDue: components["schemas"]["MoneyModel"][];
            /** Open */
            open: number;
            /** Overdue */
            overdue: number;
        };
        /**
         * OwnOrganization
         * @description An organization that the user belongs to, and what they may do there.
         */
        OwnOrganization: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            role: components["schemas"]["Role"];
            /** Scopes */
            scopes: string[];
        };
        /**
         * PasswordChange
         * @description 12 to 128 characters, and none that would be guessed.
         */
        PasswordChange: {
            /** Currentpassword */
            currentPassword: string;
            /** Newpassword */
            newPassword: string;
        };
        /**
         * PauseInput
         * @description A pause, until `resumeAt` or until it is lifted.
         */
        PauseInput: {
            /** Resumeat */
            resumeAt?: string | null;
        };
        /**
         * PaymentBody
         * @description A payment.
         */
        PaymentBody: {
            amount: components["schemas"]["MoneyModel"];
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Customerid */
            customerId: string;
            /** Failurecode */
            failureCode: string | null;
            /** Id */
            id: string;
            /** Invoiceid */
            invoiceId: string;
            /** Method */
            method: string | null;
            /** Paidat */
            paidAt: string | null;
            /** Provider */
            provider: string;
            /** Reference */
            reference: string;
            /**
             * Status
             * @enum {string}
             */
            status: "pending" | "succeeded" | "failed";
        };
        /**
         * PaymentCreate
         * @description A payment that came in outside, or failed to; parts are allowed.
         */
        PaymentCreate: {
            amount: components["schemas"]["MoneyInput"];
            /** Failurecode */
            failureCode?: string | null;
            /** Method */
            method?: string | null;
            /** Paidat */
            paidAt?: string | null;
            /** Reference */
            reference: string;
            /**
             * Status
             * @enum {string}
             */
            status: "succeeded" | "failed";
        };
        /**
         * PaymentList
         * @description A page of payments.
         */
        PaymentList: {
            /** Data */
            data: components["schemas"]["PaymentBody"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * PeriodBody
         * @description Half-open.
         */
        PeriodBody: {
            /**
             * End
             * Format: date-time
             */
            end: string;
            /** Index */
            index: number;
            /**
             * Start
             * Format: date-time
             */
            start: string;
        };
        /**
         * PingedModel
         * @description The dispatch of a ping, with its attempts.
         */
        PingedModel: {
            /** Attempts */
            attempts: number;
            /** Completedat */
            completedAt: string | null;
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Deliveries */
            deliveries: components["schemas"]["DeliveryModel"][];
            /** Endpointid */
            endpointId: string;
            /** Eventid */
            eventId: string;
            /** Eventtype */
            eventType: string;
            /** Id */
            id: string;
            /** Nextattemptat */
            nextAttemptAt: string | null;
            /**
             * Status
             * @enum {string}
             */
            status: "pending" | "retrying" | "delivered" | "failed" | "parked" | "discarded";
        };
        /**
         * PlanBody
         * @description A plan with its latest version and its draft.
         */
        PlanBody: {
            /** Code */
            code: string;
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Currency */
            currency: string;
            current: components["schemas"]["VersionBody"] | null;
            /** Description */
            description: string | null;
            /** Draft */
            draft: {
                [key: string]: unknown;
            } | null;
            /** Id */
            id: string;
            /** Latestversion */
            latestVersion: number | null;
            /** Metadata */
            metadata: {
                [key: string]: string;
            };
            /** Name */
            name: string;
            /**
             * Status
             * @enum {string}
             */
            status: "draft" | "active" | "archived";
            /** Version */
            version: number;
        };
        /**
         * PlanCreate
         * @description A new plan; with `publish` its definition becomes version 1 at once.
         */
        PlanCreate: {
            /** Code */
            code: string;
            /** Currency */
            currency: string;
            /** Description */
            description?: string | null;
            draft: components["schemas"]["DefinitionInput"];
            /** Metadata */
            metadata?: {
                [key: string]: string;
            } | null;
            /** Name */
            name: string;
            /**
             * Publish
             * @default false
             */
            publish?: boolean;
        };
        /**
         * PlanList
         * @description A page of plans.
         */
        PlanList: {
            /** Data */
            data: components["schemas"]["PlanBody"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * PlanPatch
         * @description What may change of a plan beside its draft; null takes a description away.
         */
        PlanPatch: {
            /** Description */
            description?: string | null;
            /** Metadata */
            metadata?: {
                [key: string]: string;
            } | null;
            /** Name */
            name?: string | null;
        };
        /**
         * PreviewBody
         * @description What a change of plan at `at` makes of the period it falls into; `nextPeriodTotal` is a whole period without usage.
         */
        PreviewBody: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Lines */
            lines: components["schemas"]["LineBody"][];
            nextPeriodTotal: components["schemas"]["MoneyModel"];
            total: components["schemas"]["MoneyModel"];
        };
        /**
         * PreviousUsage
         * @description The period before: the windows and groups that the page has, and its own total.
         */
        PreviousUsage: {
            /** Data */
            data: components["schemas"]["UsageRow"][];
            /**
             * From
             * Format: date-time
             */
            from: string;
            /**
             * To
             * Format: date-time
             */
            to: string;
            total: components["schemas"]["UsageTotal"];
        };
        /**
         * PriceBody
         * @description A price; members that the model does not take are null.
         */
        PriceBody: {
            /** Includedunits */
            includedUnits?: string | null;
            maximumAmount?: components["schemas"]["MoneyModel"] | null;
            minimumAmount?: components["schemas"]["MoneyModel"] | null;
            /** Packageprice */
            packagePrice?: string | null;
            /** Packagesize */
            packageSize?: string | null;
            /** Percent */
            percent?: string | null;
            /** Price */
            price?: string | null;
            /** Tiers */
            tiers?: components["schemas"]["TierBody"][] | null;
            /** Unitprice */
            unitPrice?: string | null;
        };
        /**
         * PriceInput
         * @description A price. What the charge's model takes is required, what it does not take is refused.
         *
         *     `per_unit`: unitPrice; `graduated`, `volume`: tiers; `package`: packageSize, packagePrice; `percentage`: percent; `flat`: price.
         */
        PriceInput: {
            /**
             * Includedunits
             * @default 0
             * @example 0.01
             */
            includedUnits?: number | string;
            maximumAmount?: components["schemas"]["MoneyInput"] | null;
            minimumAmount?: components["schemas"]["MoneyInput"] | null;
            /** Packageprice */
            packagePrice?: (number | string) | null;
            /** Packagesize */
            packageSize?: (number | string) | null;
            /** Percent */
            percent?: (number | string) | null;
            /** Price */
            price?: (number | string) | null;
            /** Tiers */
            tiers?: components["schemas"]["TierInput"][] | null;
            /** Unitprice */
            unitPrice?: (number | string) | null;
        };
        /** Problem */
        Problem: {
            code: string;
            detail: string;
            errors?: {
                code: string;
                detail: string;
                field: string;
            }[];
            instance: string;
            requestId: string;
            status: number;
            title: string;
            type: string;
        };
        /**
         * ProrationBody
         * @description The part of a whole period that a line bills, in seconds; `offset` of them lie before it.
         */
        ProrationBody: {
            /** Denominator */
            denominator: number;
            /** Numerator */
            numerator: number;
            /** Offset */
            offset: number;
        };
        /**
         * ReasonInput
         * @description Why; it stands in the audit log and in the webhook.
         */
        ReasonInput: {
            /** Reason */
            reason: string;
        };
        /**
         * ReceivedModel
         * @description What came back: of the body at most 16 KiB, and `truncated` when there was more. Lists omit the body.
         */
        ReceivedModel: {
            /** Body */
            body?: string | null;
            /** Headers */
            headers: {
                [key: string]: string;
            };
            /** Truncated */
            truncated: boolean;
        };
        /**
         * RecomputedBody
         * @description The line's amount, from raw events again.
         */
        RecomputedBody: {
            amount: components["schemas"]["MoneyModel"];
            /**
             * Quantity
             * @example 0.01
             */
            quantity: string;
            /**
             * Unrounded
             * @example 0.025
             */
            unrounded: string;
        };
        /**
         * RecurringList
         * @description By currency and month; each currency has every month.
         */
        RecurringList: {
            /** Data */
            data: components["schemas"]["RecurringMonth"][];
            /** Nextcursor */
            nextCursor?: null;
            /** Timezone */
            timeZone: string;
        };
        /**
         * RecurringMonth
         * @description What recurs at the end of a month (or now), and what moved it since the month before: new + expansion − contraction − churned.
         */
        RecurringMonth: {
            churned: components["schemas"]["MoneyModel"];
            contraction: components["schemas"]["MoneyModel"];
            /**
             * End
             * Format: date-time
             */
            end: string;
            expansion: components["schemas"]["MoneyModel"];
            mrr: components["schemas"]["MoneyModel"];
            new: components["schemas"]["MoneyModel"];
            /**
             * Start
             * Format: date-time
             */
            start: string;
        };
        /**
         * RejectedEventPage
         * @description A page of refused events.
         */
        RejectedEventPage: {
            /** Data */
            data: components["schemas"]["RejectedEventView"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * RejectedEventView
         * @description A refused event; `body` is the event as it was sent, at most 16 KiB of it.
         */
        RejectedEventView: {
            /** Apikeyid */
            apiKeyId: string | null;
            /** Body */
            body: string;
            /** Code */
            code: string;
            /** Detail */
            detail: string;
            /** Id */
            id: string;
            /** Idempotencykey */
            idempotencyKey: string | null;
            /** Index */
            index: number;
            /**
             * Receivedat
             * Format: date-time
             */
            receivedAt: string;
            /** Requestid */
            requestId: string | null;
        };
        RejectedInBatch: {
            code: string;
            detail: string;
            index: number;
        };
        /**
         * RejectionList
         * @description By window and code; where nothing was refused there is no row.
         */
        RejectionList: {
            /** Data */
            data: components["schemas"]["Rejections"][];
            /**
             * From
             * Format: date-time
             */
            from: string;
            /** Nextcursor */
            nextCursor?: null;
            /** Timezone */
            timeZone: string;
            /**
             * To
             * Format: date-time
             */
            to: string;
            windowSize: components["schemas"]["WindowSize"];
        };
        /**
         * Rejections
         * @description How many events were refused in a window with a code.
         */
        Rejections: {
            /** Code */
            code: string;
            /** Count */
            count: number;
            /**
             * End
             * Format: date-time
             */
            end: string;
            /**
             * Start
             * Format: date-time
             */
            start: string;
        };
        /**
         * ReplayModel
         * @description How many dispatches are sent again. `nextSince`: there were more; ask again from here.
         */
        ReplayModel: {
            /** Dispatches */
            dispatches: number;
            /** Nextsince */
            nextSince: string | null;
        };
        /**
         * ReplayRequest
         * @description Facts from `since` up to, without, `until` (now, unless it is given): at most 31 days.
         */
        ReplayRequest: {
            /**
             * Only
             * @enum {string}
             */
            only: "failed" | "missing" | "all";
            /**
             * Since
             * Format: date-time
             */
            since: string;
            /** Until */
            until?: string | null;
        };
        /**
         * RevenueList
         * @description By currency and month; each currency has every month.
         */
        RevenueList: {
            /** Data */
            data: components["schemas"]["RevenueMonth"][];
            /** Nextcursor */
            nextCursor?: null;
            /** Timezone */
            timeZone: string;
        };
        /**
         * RevenueMonth
         * @description A month in a currency. Invoices count when they are issued, unless they were voided; `base` and `usage` are parts of `invoiced`.
         */
        RevenueMonth: {
            base: components["schemas"]["MoneyModel"];
            credited: components["schemas"]["MoneyModel"];
            /**
             * End
             * Format: date-time
             */
            end: string;
            invoiced: components["schemas"]["MoneyModel"];
            paid: components["schemas"]["MoneyModel"];
            /**
             * Start
             * Format: date-time
             */
            start: string;
            usage: components["schemas"]["MoneyModel"];
        };
        /**
         * RevertRequest
         * @description Why all of its events are taken back.
         */
        RevertRequest: {
            /** Reason */
            reason?: string | null;
        };
        /**
         * Role
         * @description A member's role in an organization.
         * @enum {string}
         */
        Role: "OWNER" | "ADMIN" | "DEVELOPER" | "VIEWER";
        /**
         * RoleChange
         * @description Another role.
         */
        RoleChange: {
            role: components["schemas"]["Role"];
        };
        /**
         * RunBody
         * @description A billing run with the state of its barrier.
         */
        RunBody: {
            /**
             * Asof
             * Format: date-time
             */
            asOf: string;
            /** Barrier */
            barrier: components["schemas"]["BarrierBody"][];
            /** Completedat */
            completedAt: string | null;
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Failures */
            failures: components["schemas"]["FailureBody"][];
            /** Id */
            id: string;
            /** Invoiceids */
            invoiceIds: string[];
            /** Invoicesissued */
            invoicesIssued: number;
            /** Partitionsbehind */
            partitionsBehind: number;
            /** Periodsclosed */
            periodsClosed: number;
            /** Status */
            status: string;
            /** Trigger */
            trigger: string;
        };
        /**
         * RunCreate
         * @description Close what is due now; `ignoreGrace` skips the wait, never the barrier.
         */
        RunCreate: {
            /**
             * Ignoregrace
             * @default false
             */
            ignoreGrace?: boolean;
            /** Subscriptionids */
            subscriptionIds?: string[] | null;
        };
        /**
         * RunList
         * @description A page of runs.
         */
        RunList: {
            /** Data */
            data: components["schemas"]["RunBody"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * RunningChargeBody
         * @description What a charge has counted in the running period, and what that costs.
         */
        RunningChargeBody: {
            amount: components["schemas"]["MoneyModel"];
            /** Chargeid */
            chargeId: string;
            /** Group */
            group: {
                [key: string]: string;
            } | null;
            /**
             * Includedunits
             * @example 0.01
             */
            includedUnits: string;
            /** Metric */
            metric: string;
            /**
             * Quantity
             * @example 0.01
             */
            quantity: string;
        };
        /**
         * RunningUsageBody
         * @description The running period of one subscription. Whatever was accepted before `countedThrough` is in it; null as long as that is unknown.
         */
        RunningUsageBody: {
            /** Charges */
            charges: components["schemas"]["RunningChargeBody"][];
            /** Countedthrough */
            countedThrough: string | null;
            period: components["schemas"]["SpanBody"];
            /** Subscriptionid */
            subscriptionId: string;
            total: components["schemas"]["MoneyModel"];
        };
        /**
         * RunningUsageList
         * @description One for each live subscription.
         */
        RunningUsageList: {
            /** Data */
            data: components["schemas"]["RunningUsageBody"][];
        };
        /**
         * ScheduledChangeBody
         * @description A change that waits for its time.
         */
        ScheduledChangeBody: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Id */
            id: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "change_plan" | "pause" | "resume" | "cancel";
            /** Planid */
            planId: string | null;
            /** Planversion */
            planVersion: number | null;
        };
        SentEvent: {
            /** @default 1 */
            amount?: number | string;
            customerId: string;
            idempotencyKey?: string;
            metric: string;
            properties?: {
                [key: string]: string | number | boolean | null;
            };
            /** Format: date-time */
            timestamp?: string;
        };
        /**
         * SentModel
         * @description What was sent, without its signature. Lists omit the body.
         */
        SentModel: {
            /** Body */
            body?: string | null;
            /** Headers */
            headers: {
                [key: string]: string;
            };
        };
        /**
         * SessionBody
         * @description Who has signed in. `csrfToken` goes along with every unsafe request, as `X-CSRF-Token`.
         */
        SessionBody: {
            /** Csrftoken */
            csrfToken: string;
            /**
             * Expiresat
             * Format: date-time
             */
            expiresAt: string;
            /** Organizations */
            organizations: components["schemas"]["OwnOrganization"][];
            user: components["schemas"]["UserBody"];
        };
        /**
         * SessionList
         * @description The one that was seen last first.
         */
        SessionList: {
            /** Data */
            data: components["schemas"]["ListedSession"][];
            /** Nextcursor */
            nextCursor?: null;
        };
        /**
         * SignIn
         * @description Who signs in.
         */
        SignIn: {
            /** Email */
            email: string;
            /** Password */
            password: string;
        };
        /**
         * SignUp
         * @description A new user with an organization of their own.
         */
        SignUp: {
            /** Email */
            email: string;
            /** Name */
            name: string;
            /** Organizationname */
            organizationName: string;
            /** Password */
            password: string;
        };
        /**
         * SimulatedInvoice
         * @description What one set of usage costs.
         */
        SimulatedInvoice: {
            /** Lines */
            lines: components["schemas"]["SimulatedLine"][];
            total: components["schemas"]["MoneyModel"];
        };
        /**
         * SimulatedLine
         * @description A line as an invoice would have it.
         */
        SimulatedLine: {
            amount: components["schemas"]["MoneyModel"];
            /** Billableunits */
            billableUnits?: string | null;
            /** Description */
            description: string;
            /** Group */
            group?: {
                [key: string]: string;
            } | null;
            /** Includedunits */
            includedUnits?: string | null;
            /**
             * Kind
             * @enum {string}
             */
            kind: "base" | "usage";
            /** Metric */
            metric?: string | null;
            /** Model */
            model?: string | null;
            /** Quantity */
            quantity?: string | null;
            /** Steps */
            steps?: components["schemas"]["StepBody"][] | null;
            /** Unrounded */
            unrounded?: string | null;
        };
        /**
         * SimulationBody
         * @description One for each set, in their order.
         */
        SimulationBody: {
            /** Data */
            data: components["schemas"]["SimulatedInvoice"][];
        };
        /**
         * SimulationInput
         * @description A price, and sets of usage of one whole period.
         */
        SimulationInput: {
            /** Pricing */
            pricing: components["schemas"]["VersionPricing"] | components["schemas"]["DraftPricing"] | components["schemas"]["DefinitionPricing"];
            /** Usages */
            usages: components["schemas"]["UsageInput"][][];
        };
        /**
         * SpanBody
         * @description Half-open.
         */
        SpanBody: {
            /**
             * End
             * Format: date-time
             */
            end: string;
            /**
             * Start
             * Format: date-time
             */
            start: string;
        };
        /**
         * StepBody
         * @description One step of a line's calculation.
         */
        StepBody: {
            /**
             * Amount
             * @example 0.025
             */
            amount: string;
            /** Flatprice */
            flatPrice: string | null;
            /** Unitprice */
            unitPrice: string | null;
            /**
             * Units
             * @example 0.025
             */
            units: string;
        };
        /**
         * SubscriptionBody
         * @description A subscription with its newest period.
         */
        SubscriptionBody: {
            /**
             * Anchorat
             * Format: date-time
             */
            anchorAt: string;
            /** Cancelat */
            cancelAt: string | null;
            /** Canceledat */
            canceledAt: string | null;
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            currentPeriod: components["schemas"]["PeriodBody"];
            /** Customerid */
            customerId: string;
            /** Id */
            id: string;
            /** Metadata */
            metadata: {
                [key: string]: string;
            };
            /** Plancode */
            planCode: string;
            /** Planid */
            planId: string;
            /** Planversion */
            planVersion: number;
            /** Scheduledchanges */
            scheduledChanges: components["schemas"]["ScheduledChangeBody"][];
            /**
             * Startat
             * Format: date-time
             */
            startAt: string;
            /**
             * Status
             * @enum {string}
             */
            status: "trialing" | "active" | "past_due" | "suspended" | "canceled";
            suspension: components["schemas"]["SuspensionBody"] | null;
            /** Timezone */
            timeZone: string;
            /** Trialendat */
            trialEndAt: string | null;
            /** Version */
            version: number;
        };
        /**
         * SubscriptionCounts
         * @description Subscriptions that go on, by state.
         */
        SubscriptionCounts: {
            /** Active */
            active: number;
            /** Pastdue */
            pastDue: number;
            /** Suspended */
            suspended: number;
            /** Trialing */
            trialing: number;
        };
        /**
         * SubscriptionCreate
         * @description A customer takes a plan: its latest version unless one is named, from now on unless `startAt` says otherwise.
         *
         *     Periods are computed from the anchor: the start, or the end of the trial, unless `anchorAt` names another instant.
         */
        SubscriptionCreate: {
            /** Anchorat */
            anchorAt?: string | null;
            /** Customerid */
            customerId: string;
            /** Metadata */
            metadata?: {
                [key: string]: string;
            } | null;
            /** Planid */
            planId: string;
            /** Planversion */
            planVersion?: number | null;
            /** Startat */
            startAt?: string | null;
            /** Timezone */
            timeZone?: string | null;
            /** Trialdays */
            trialDays?: number | null;
        };
        /**
         * SubscriptionList
         * @description A page of subscriptions.
         */
        SubscriptionList: {
            /** Data */
            data: components["schemas"]["SubscriptionBody"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * SubscriptionPatch
         * @description What may change of a subscription at any time.
         */
        SubscriptionPatch: {
            /** Metadata */
            metadata?: {
                [key: string]: string;
            } | null;
        };
        /**
         * Summary
         * @description Null is what the caller may not see, or what a service named in `unavailable` could not tell.
         */
        Summary: {
            /**
             * Asof
             * Format: date-time
             */
            asOf: string;
            deliveries24h: components["schemas"]["Deliveries24h"] | null;
            eventsToday: components["schemas"]["EventsToday"] | null;
            invoices: components["schemas"]["Owed"] | null;
            /** Mrr */
            mrr: components["schemas"]["MoneyModel"][] | null;
            /** Revenuethismonth */
            revenueThisMonth: components["schemas"]["MoneyModel"][] | null;
            subscriptions: components["schemas"]["SubscriptionCounts"] | null;
            /** Timezone */
            timeZone: string;
            /** Unavailable */
            unavailable: string[];
            /** Usagetoday */
            usageToday: components["schemas"]["MetricToday"][] | null;
        };
        /**
         * SuspensionBody
         * @description Why and since when; `resumeAt` when a pause ends by itself.
         */
        SuspensionBody: {
            /**
             * Reason
             * @enum {string}
             */
            reason: "paused" | "payment_failed";
            /** Resumeat */
            resumeAt: string | null;
            /**
             * Since
             * Format: date-time
             */
            since: string;
        };
        /**
         * ThresholdBody
         * @description A threshold.
         */
        ThresholdBody: {
            amount: components["schemas"]["MoneyModel"] | null;
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Id */
            id: string;
            /** Lastfiredat */
            lastFiredAt: string | null;
            /** Metric */
            metric: string | null;
            /** Quantity */
            quantity: string | null;
            /** Subscriptionid */
            subscriptionId: string;
        };
        /**
         * ThresholdCreate
         * @description A quantity of a metric, or an amount that all usage of the running period costs.
         */
        ThresholdCreate: {
            amount?: components["schemas"]["MoneyInput"] | null;
            /** Metric */
            metric?: string | null;
            /** Quantity */
            quantity?: (number | string) | null;
        };
        /**
         * ThresholdList
         * @description All of a subscription's.
         */
        ThresholdList: {
            /** Data */
            data: components["schemas"]["ThresholdBody"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * TierBody
         * @description One tier.
         */
        TierBody: {
            /**
             * Flatprice
             * @example 0.01
             */
            flatPrice: string;
            /**
             * Unitprice
             * @example 0.01
             */
            unitPrice: string;
            /** Upto */
            upTo: string | null;
        };
        /**
         * TierInput
         * @description One tier; `upTo` is inclusive, and null on the last one alone.
         */
        TierInput: {
            /**
             * Flatprice
             * @default 0
             * @example 0.01
             */
            flatPrice?: number | string;
            /**
             * Unitprice
             * @default 0
             * @example 0.01
             */
            unitPrice?: number | string;
            /** Upto */
            upTo?: (number | string) | null;
        };
        /**
         * TimingsModel
         * @description When the parts of an attempt were over, in milliseconds; null where it did not come so far.
         */
        TimingsModel: {
            /** Connectms */
            connectMs: number | null;
            /** Dnsms */
            dnsMs: number | null;
            /** Firstbytems */
            firstByteMs: number | null;
            /** Tlsms */
            tlsMs: number | null;
        };
        /**
         * TopCustomer
         * @description `value`: minor units of the currency, or the metric's quantity; `share` of that of all customers, null where it is not above 0.
         */
        TopCustomer: {
            /** Customerid */
            customerId: string;
            /** Name */
            name: string | null;
            /** Share */
            share: string | null;
            /**
             * Value
             * @example 0.01
             */
            value: string;
        };
        /**
         * TopList
         * @description The largest first. `total` is that of all customers.
         */
        TopList: {
            /** Currency */
            currency: string | null;
            /** Data */
            data: components["schemas"]["TopCustomer"][];
            /** Metric */
            metric: string | null;
            /** Nextcursor */
            nextCursor?: null;
            /**
             * Total
             * @example 0.01
             */
            total: string;
        };
        /**
         * UnbilledBody
         * @description Usage of a customer that no charge claims. `quantity` is null where a metric's parts cannot be added up.
         */
        UnbilledBody: {
            /** Customerid */
            customerId: string;
            /** Eventcount */
            eventCount: number;
            /** Metric */
            metric: string;
            /** Quantity */
            quantity: string | null;
        };
        /**
         * UnbilledList
         * @description A page, by customer and metric.
         */
        UnbilledList: {
            /** Data */
            data: components["schemas"]["UnbilledBody"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * UpcomingBody
         * @description The invoice of a running period by what is counted so far. It has no id and no number.
         */
        UpcomingBody: {
            /** Currency */
            currency: string;
            /** Customerid */
            customerId: string;
            /** Id */
            id: null;
            /** Linecount */
            lineCount: number;
            /** Lines */
            lines: components["schemas"]["LineBody"][];
            period: components["schemas"]["SpanBody"];
            /** Plancode */
            planCode: string;
            /** Planversion */
            planVersion: number;
            /** Status */
            status: string;
            /** Subscriptionid */
            subscriptionId: string;
            total: components["schemas"]["MoneyModel"];
        };
        /**
         * UpcomingList
         * @description One for each live subscription.
         */
        UpcomingList: {
            /** Data */
            data: components["schemas"]["UpcomingBody"][];
        };
        /**
         * UsageAnswer
         * @description `countedThrough`: whatever was accepted before this instant is in the answer.
         */
        UsageAnswer: {
            /** Aggregation */
            aggregation: string;
            /** Change */
            change: string | null;
            /**
             * Countedthrough
             * Format: date-time
             */
            countedThrough: string;
            /** Data */
            data: components["schemas"]["UsageRow"][];
            /**
             * From
             * Format: date-time
             */
            from: string;
            /** Groupby */
            groupBy: string[];
            /** Metric */
            metric: string;
            /** Nextcursor */
            nextCursor: string | null;
            previous: components["schemas"]["PreviousUsage"] | null;
            /** Timezone */
            timeZone: string;
            /**
             * To
             * Format: date-time
             */
            to: string;
            total: components["schemas"]["UsageTotal"];
            windowSize: components["schemas"]["WindowSize"];
        };
        /**
         * UsageInput
         * @description So much of a metric; `group` names the value of the matrix's key, where the charge has one.
         */
        UsageInput: {
            /** Group */
            group?: {
                [key: string]: string;
            } | null;
            /** Metric */
            metric: string;
            /**
             * Quantity
             * @example 0.01
             */
            quantity: number | string;
        };
        /**
         * UsageRow
         * @description One window of one group; an end of the range cuts the first and the last window. `value` is null where there is none to tell.
         */
        UsageRow: {
            /** Eventcount */
            eventCount: number;
            /** Group */
            group: {
                [key: string]: string;
            };
            /** Value */
            value: string | null;
            /**
             * Windowend
             * Format: date-time
             */
            windowEnd: string;
            /**
             * Windowstart
             * Format: date-time
             */
            windowStart: string;
        };
        /**
         * UsageTotal
         * @description The whole range.
         */
        UsageTotal: {
            /** Eventcount */
            eventCount: number;
            /** Value */
            value: string | null;
        };
        /**
         * UserBody
         * @description A person.
         */
        UserBody: {
            /** Email */
            email: string | null;
            /** Id */
            id: string;
            /** Name */
            name: string;
        };
        /**
         * VerificationBody
         * @description The report; complete once the status is not `running`.
         */
        VerificationBody: {
            /** Checkedevents */
            checkedEvents: number;
            /** Checks */
            checks: {
                [key: string]: unknown;
            }[];
            /** Completedat */
            completedAt: string | null;
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Id */
            id: string;
            /** Invoiceid */
            invoiceId: string;
            /** Status */
            status: string;
        };
        /**
         * VersionBody
         * @description A published version.
         */
        VersionBody: {
            /**
             * Baseprice
             * @example 0.01
             */
            basePrice: string;
            /**
             * Billing
             * @enum {string}
             */
            billing: "advance" | "arrears";
            /** Charges */
            charges: components["schemas"]["ChargeBody"][];
            /**
             * Interval
             * @enum {string}
             */
            interval: "day" | "week" | "month" | "quarter" | "year";
            /** Intervalcount */
            intervalCount: number;
            /** Number */
            number: number;
            /**
             * Publishedat
             * Format: date-time
             */
            publishedAt: string;
            /** Trialdays */
            trialDays: number;
        };
        /**
         * VersionList
         * @description A page of published versions.
         */
        VersionList: {
            /** Data */
            data: components["schemas"]["VersionBody"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * VersionPricing
         * @description A published version of a plan.
         */
        VersionPricing: {
            /** Planid */
            planId: string;
            /** Version */
            version: number;
        };
        /**
         * VoidRequest
         * @description `force` and `customerId`: also an event that has not been counted, which then never will be.
         */
        VoidRequest: {
            /** Customerid */
            customerId?: string | null;
            /**
             * Force
             * @default false
             */
            force?: boolean;
            /** Reason */
            reason: string;
        };
        /**
         * WebhookEventList
         * @description By sequence.
         */
        WebhookEventList: {
            /** Data */
            data: components["schemas"]["WebhookEventModel"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * WebhookEventModel
         * @description A fact; `data` is what receivers get.
         */
        WebhookEventModel: {
            /**
             * Createdat
             * Format: date-time
             */
            createdAt: string;
            /** Customerid */
            customerId: string | null;
            /** Data */
            data: {
                [key: string]: unknown;
            };
            /** Id */
            id: string;
            /** Sequence */
            sequence: number;
            /**
             * Timestamp
             * Format: date-time
             */
            timestamp: string;
            /** Type */
            type: string;
        };
        /**
         * WindowBody
         * @description A window below the invoice's cut, with its own value; null where it has none.
         */
        WindowBody: {
            /** Digest */
            digest: string;
            /** Eventcount */
            eventCount: number;
            /** Value */
            value: string | null;
            /**
             * Windowend
             * Format: date-time
             */
            windowEnd: string;
            /**
             * Windowstart
             * Format: date-time
             */
            windowStart: string;
        };
        /**
         * WindowList
         * @description A page of windows.
         */
        WindowList: {
            /** Data */
            data: components["schemas"]["WindowBody"][];
            /** Nextcursor */
            nextCursor: string | null;
        };
        /**
         * WindowSize
         * @description How a range is divided.
         * @enum {string}
         */
        WindowSize: "none" | "quarter_hour" | "hour" | "day" | "month";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    count_deliveries_api_analytics_deliveries_get: {
        parameters: {
            query: {
                from: string;
                to: string;
                windowSize?: components["schemas"]["WindowSize"];
                timeZone?: string;
                endpointId?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveriesList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    count_events_api_analytics_events_get: {
        parameters: {
            query: {
                from: string;
                to: string;
                windowSize?: components["schemas"]["WindowSize"];
                timeZone?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventsReceivedList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_mrr_api_analytics_mrr_get: {
        parameters: {
            query?: {
                from?: string | null;
                to?: string | null;
                interval?: "month";
                timeZone?: string | null;
                currency?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecurringList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    count_rejections_api_analytics_rejections_get: {
        parameters: {
            query: {
                from: string;
                to: string;
                windowSize?: components["schemas"]["WindowSize"];
                timeZone?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RejectionList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_revenue_api_analytics_revenue_get: {
        parameters: {
            query?: {
                from?: string | null;
                to?: string | null;
                interval?: "month";
                timeZone?: string | null;
                currency?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevenueList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_summary_api_analytics_summary_get: {
        parameters: {
            query?: {
                timeZone?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Summary"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_top_customers_api_analytics_top_customers_get: {
        parameters: {
            query: {
                from: string;
                to: string;
                by?: "revenue" | "usage";
                metric?: string | null;
                currency?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TopList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_keys_api_api_keys_get: {
        parameters: {
            query?: {
                status?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_key_api_api_keys_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyCreate"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewKeyBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_key_api_api_keys__keyId__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                keyId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_key_api_api_keys__keyId__delete: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                keyId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rename_key_api_api_keys__keyId__patch: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                keyId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reroll_key_api_api_keys__keyId__reroll_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                keyId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyReroll"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewKeyBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_audit_entries_api_audit_logs_get: {
        parameters: {
            query?: {
                actorId?: string | null;
                action?: string | null;
                targetType?: string | null;
                targetId?: string | null;
                outcome?: ("done" | "refused") | null;
                createdFrom?: string | null;
                createdTo?: string | null;
                limit?: number;
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditLogModel"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    export_audit_entries_api_audit_logs_export_get: {
        parameters: {
            query?: {
                actorId?: string | null;
                action?: string | null;
                targetType?: string | null;
                targetId?: string | null;
                outcome?: ("done" | "refused") | null;
                createdFrom?: string | null;
                createdTo?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verify_audit_log_api_audit_logs_verify_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditVerification"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_audit_entry_api_audit_logs__entryId__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                entryId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEntryModel"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    accept_invitation_api_auth_invitations_accept_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationAccept"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    look_up_invitation_api_auth_invitations_lookup_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationToken"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OfferedBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_password_api_auth_password_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_session_api_auth_session_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_sessions_api_auth_sessions_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    end_session_api_auth_sessions__sessionId__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                sessionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_in_api_auth_sign_in_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_out_api_auth_sign_out_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_up_api_auth_sign_up_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignUp"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_backfills_api_backfills_get: {
        parameters: {
            query?: {
                status?: string | null;
                limit?: number;
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackfillPage"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    open_backfill_api_backfills_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BackfillRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackfillView"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_backfill_api_backfills__backfillId__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                backfillId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackfillView"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    close_backfill_api_backfills__backfillId__close_post: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                backfillId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackfillView"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    track_backfill: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                backfillId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/cloudevents-batch+json": components["schemas"]["CloudEventBatch"];
                "application/json": components["schemas"]["EventBatch"];
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description All in-sync replicas have it */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchReceipt"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revert_backfill_api_backfills__backfillId__revert_post: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                backfillId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RevertRequest"] | null;
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackfillView"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_runs_api_billing_runs_get: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_run_api_billing_runs_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunCreate"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_run_api_billing_runs__run_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                runId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_conflicts_api_conflicts_get: {
        parameters: {
            query?: {
                kind?: string | null;
                customerId?: string | null;
                createdFrom?: string | null;
                createdTo?: string | null;
                sort?: "createdAt" | "-createdAt";
                limit?: number;
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConflictsAnswer"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_conflict_api_conflicts__conflictId__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conflictId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConflictAnswer"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_credit_notes_api_credit_notes_get: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string | null;
                invoiceId?: string | null;
                customerId?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreditNoteList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_credit_note_api_credit_notes__credit_note_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                creditNoteId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreditNoteBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    credit_note_pdf_api_credit_notes__credit_note_id__pdf_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                creditNoteId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/pdf": string;
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_customers_api_customers_get: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string | null;
                q?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_customer_api_customers_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CustomerCreate"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_customer_api_customers__customer_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                customerId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_customer_api_customers__customer_id__put: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                customerId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CustomerReplace"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_customer_api_customers__customer_id__delete: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                customerId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    edit_customer_api_customers__customer_id__patch: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                customerId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CustomerPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_upcoming_api_customers__customer_id__upcoming_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                customerId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UpcomingList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_usage_api_customers__customer_id__usage_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                customerId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunningUsageList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_events_api_events_get: {
        parameters: {
            query?: {
                metric?: string | null;
                customerId?: string | null;
                idempotencyKey?: string | null;
                timestampFrom?: string | null;
                timestampTo?: string | null;
                receivedFrom?: string | null;
                receivedTo?: string | null;
                status?: string | null;
                backfillId?: string | null;
                sort?: components["schemas"]["Order"];
                limit?: number;
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventsAnswer"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_event_api_events__eventId__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                eventId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventAnswer"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    amend_event_api_events__eventId__amend_post: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                eventId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AmendRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CorrectedEventAnswer"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    void_event_api_events__eventId__void_post: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                eventId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VoidRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CorrectedEventAnswer"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_invitations_api_invitations_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    invite_api_invitations_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationCreate"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewInvitationBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    withdraw_api_invitations__invitationId__delete: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                invitationId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_invoices_api_invoices_get: {
        parameters: {
            query?: {
                customerId?: string | null;
                subscriptionId?: string | null;
                status?: string | null;
                billingRunId?: string | null;
                number?: string | null;
                currency?: string | null;
                issuedFrom?: string | null;
                issuedTo?: string | null;
                dueTo?: string | null;
                metric?: string | null;
                at?: string | null;
                limit?: number;
                cursor?: string | null;
                sort?: "createdAt" | "-createdAt" | "number" | "-number";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvoiceList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    export_invoices_api_invoices_export_get: {
        parameters: {
            query?: {
                customerId?: string | null;
                subscriptionId?: string | null;
                status?: string | null;
                billingRunId?: string | null;
                number?: string | null;
                currency?: string | null;
                issuedFrom?: string | null;
                issuedTo?: string | null;
                dueTo?: string | null;
                metric?: string | null;
                at?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_invoice_api_invoices__invoice_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                invoiceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvoiceBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    collect_invoice_api_invoices__invoice_id__collect_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                invoiceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PaymentBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_collection_api_invoices__invoice_id__collection_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                invoiceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CollectionBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_credit_note_api_invoices__invoice_id__credit_notes_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                invoiceId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreditNoteCreate"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreditNoteBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    finalize_api_invoices__invoice_id__finalize_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                invoiceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_lines_api_invoices__invoice_id__lines_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                invoiceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LineList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_events_api_invoices__invoice_id__lines__line_id__events_get: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string | null;
                windowStart?: string | null;
            };
            header?: never;
            path: {
                invoiceId: string;
                lineId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explain_line_api_invoices__invoice_id__lines__line_id__explain_get: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string | null;
            };
            header?: never;
            path: {
                invoiceId: string;
                lineId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExplanationBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    write_off_invoice_api_invoices__invoice_id__mark_uncollectible_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                invoiceId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReasonInput"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvoiceBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_payment_api_invoices__invoice_id__payments_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                invoiceId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PaymentCreate"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PaymentBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    invoice_pdf_api_invoices__invoice_id__pdf_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                invoiceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/pdf": string;
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_verification_api_invoices__invoice_id__verifications__verification_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                invoiceId: string;
                verificationId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerificationBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verify_invoice_api_invoices__invoice_id__verify_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                invoiceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerificationBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    void_invoice_api_invoices__invoice_id__void_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                invoiceId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReasonInput"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvoiceBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_members_api_members_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_member_api_members__userId__delete: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_role_api_members__userId__patch: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                userId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoleChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_metrics_api_metrics_get: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string | null;
                status?: string | null;
                eventName?: string | null;
                code?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MetricPage"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_metric_api_metrics_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MetricInput"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MetricView"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_metric_api_metrics__metricId__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                metricId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MetricView"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_metric_api_metrics__metricId__patch: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                metricId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MetricPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MetricView"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    archive_metric_api_metrics__metricId__archive_post: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                metricId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MetricView"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unarchive_metric_api_metrics__metricId__unarchive_post: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                metricId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MetricView"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_organization_api_organization_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationModel"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_organization_api_organization_patch: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrganizationPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationModel"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_organization_api_organization_delete_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrganizationDeletion"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationModel"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    transfer_organization_api_organization_transfer_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrganizationTransfer"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_organizations_api_organizations_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    found_organization_api_organizations_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrganizationCreate"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationModel"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_payments_api_payments_get: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string | null;
                invoiceId?: string | null;
                customerId?: string | null;
                status?: ("pending" | "succeeded" | "failed") | null;
                reference?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PaymentList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_payment_api_payments__payment_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                paymentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PaymentBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_plans_api_plans_get: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string | null;
                code?: string | null;
                status?: ("draft" | "active" | "archived") | null;
                currency?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_plan_api_plans_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlanCreate"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    backtest_api_plans_backtest_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BacktestInput"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BacktestBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    simulate_api_plans_simulate_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SimulationInput"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SimulationBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_plan_api_plans__plan_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                planId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    edit_plan_api_plans__plan_id__patch: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                planId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlanPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    archive_plan_api_plans__plan_id__archive_post: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                planId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_draft_api_plans__plan_id__draft_put: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match": string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                planId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DefinitionInput"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    drop_draft_api_plans__plan_id__draft_delete: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match": string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                planId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    publish_plan_api_plans__plan_id__publish_post: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                planId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unarchive_plan_api_plans__plan_id__unarchive_post: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                planId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_versions_api_plans__plan_id__versions_get: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string | null;
            };
            header?: never;
            path: {
                planId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VersionList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_version_api_plans__plan_id__versions__number__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                planId: string;
                number: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VersionBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_rejected_events_api_rejected_events_get: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string | null;
                code?: string | null;
                customerId?: string | null;
                metric?: string | null;
                receivedFrom?: string | null;
                receivedTo?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RejectedEventPage"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_rejected_event_api_rejected_events__rejectedEventId__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rejectedEventId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RejectedEventView"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_subscriptions_api_subscriptions_get: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string | null;
                customerId?: string | null;
                planId?: string | null;
                status?: ("trialing" | "active" | "past_due" | "suspended" | "canceled") | null;
                cancelAtFrom?: string | null;
                cancelAtTo?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_subscription_api_subscriptions_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubscriptionCreate"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_subscription_api_subscriptions__subscription_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                subscriptionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    edit_subscription_api_subscriptions__subscription_id__patch: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                subscriptionId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubscriptionPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_api_subscriptions__subscription_id__cancel_post: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                subscriptionId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CancelInput"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_plan_api_subscriptions__subscription_id__change_post: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                subscriptionId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeInput"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    preview_change_api_subscriptions__subscription_id__change_preview_post: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
            };
            path: {
                subscriptionId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeInput"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreviewBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_changes_api_subscriptions__subscription_id__changes_get: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string | null;
            };
            header?: never;
            path: {
                subscriptionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangeList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    drop_change_api_subscriptions__subscription_id__changes__change_id__delete: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                subscriptionId: string;
                changeId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pause_api_subscriptions__subscription_id__pause_post: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                subscriptionId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["PauseInput"] | null;
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resume_api_subscriptions__subscription_id__resume_post: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                subscriptionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_thresholds_api_subscriptions__subscription_id__thresholds_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                subscriptionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ThresholdList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_threshold_api_subscriptions__subscription_id__thresholds_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                subscriptionId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ThresholdCreate"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ThresholdBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_threshold_api_subscriptions__subscription_id__thresholds__threshold_id__delete: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                subscriptionId: string;
                thresholdId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_upcoming_api_subscriptions__subscription_id__upcoming_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                subscriptionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UpcomingBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_clock_api_test_clock_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClockBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    advance_api_test_clock_advance_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AdvanceInput"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClockBody"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    track: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/cloudevents+json": components["schemas"]["CloudEvent"];
                "application/json": components["schemas"]["SentEvent"];
            };
        };
        responses: {
            /** @description All in-sync replicas have it */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventReceipt"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    track_batch: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/cloudevents-batch+json": components["schemas"]["CloudEventBatch"];
                "application/json": components["schemas"]["EventBatch"];
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description All in-sync replicas have it */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchReceipt"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_usage_api_usage_get: {
        parameters: {
            query: {
                metric: string;
                from: string;
                to: string;
                windowSize?: components["schemas"]["WindowSize"];
                timeZone?: string | null;
                groupBy?: string | null;
                customerId?: string | null;
                compare?: "previous_period" | null;
                order?: "window" | "-value";
                limit?: number;
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageAnswer"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_unbilled_api_usage_unbilled_get: {
        parameters: {
            query: {
                limit?: number;
                cursor?: string | null;
                from: string;
                to: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnbilledList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_deliveries_api_webhooks_deliveries_get: {
        parameters: {
            query?: {
                endpointId?: string | null;
                dispatchId?: string | null;
                outcome?: string | null;
                statusCode?: string | null;
                createdFrom?: string | null;
                createdTo?: string | null;
                limit?: number;
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_delivery_api_webhooks_deliveries__delivery_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                deliveryId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryModel"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_dispatches_api_webhooks_dispatches_get: {
        parameters: {
            query?: {
                endpointId?: string | null;
                eventId?: string | null;
                eventType?: string | null;
                status?: string | null;
                limit?: number;
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DispatchList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_dispatch_api_webhooks_dispatches__dispatch_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                dispatchId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DispatchModel"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replay_api_webhooks_dispatches__dispatch_id__replay_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                dispatchId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NoFields"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DispatchModel"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_endpoints_api_webhooks_endpoints_get: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_endpoint_api_webhooks_endpoints_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EndpointCreate"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointModel"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_endpoint_api_webhooks_endpoints__endpoint_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpointId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointModel"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_endpoint_api_webhooks_endpoints__endpoint_id__delete: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                endpointId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_endpoint_api_webhooks_endpoints__endpoint_id__patch: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                endpointId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EndpointPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointModel"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    disable_endpoint_api_webhooks_endpoints__endpoint_id__disable_post: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                endpointId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NoFields"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointModel"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    enable_endpoint_api_webhooks_endpoints__endpoint_id__enable_post: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                endpointId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["EnableRequest"] | null;
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointModel"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ping_api_webhooks_endpoints__endpoint_id__ping_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                endpointId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NoFields"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PingedModel"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replay_api_webhooks_endpoints__endpoint_id__replay_post: {
        parameters: {
            query?: never;
            header: {
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                endpointId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReplayRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplayModel"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotate_secret_api_webhooks_endpoints__endpoint_id__rotate_secret_post: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The version that was seen, or the whole ETag. 412 when it is no longer the present one.
                 * @example "7"
                 */
                "If-Match"?: string;
                /** @description 1 to 255 printable ASCII characters. Repeated within 72 hours the same request gets its first answer again. */
                "Idempotency-Key": string;
            };
            path: {
                endpointId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NoFields"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointModel"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reveal_secret_api_webhooks_endpoints__endpoint_id__secret_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                endpointId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointModel"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    event_types_api_webhooks_event_types_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventTypeList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_events_api_webhooks_events_get: {
        parameters: {
            query?: {
                type?: string | null;
                customerId?: string | null;
                createdFrom?: string | null;
                createdTo?: string | null;
                afterSequence?: number | null;
                sort?: "sequence" | "-sequence" | "createdAt" | "-createdAt";
                limit?: number;
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookEventList"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_event_api_webhooks_events__event_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                eventId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookEventModel"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
