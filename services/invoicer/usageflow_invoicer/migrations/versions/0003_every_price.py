"""Prices of every model, and plans that are archived."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

_STATEMENTS = (
    """
ALTER TABLE invoicer.plan_metrics
    ADD COLUMN definition jsonb,
    ADD COLUMN matrix_property text,
    DROP CONSTRAINT ck_plan_metrics_model_known,
    DROP CONSTRAINT ck_plan_metrics_price_not_negative,
    DROP CONSTRAINT ck_plan_metrics_bounds_ordered""",
    "ALTER TABLE invoicer.plan_metrics DISABLE TRIGGER USER",  # published versions are insert-only: this says the same of them
    # A bound was kept in minor units; the exponents are those of the currencies that do not have two.
    """
WITH scaled AS (
    SELECT m.org_id, m.plan_id, m.number, m.position,
           10::numeric ^ CASE
               WHEN p.currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND',
                                   'VUV', 'XAF', 'XOF', 'XPF') THEN 0
               WHEN p.currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
               WHEN p.currency IN ('CLF', 'UYW') THEN 4
               ELSE 2 END AS minor_units
      FROM invoicer.plan_metrics m
      JOIN invoicer.plans p USING (org_id, plan_id)
)
UPDATE invoicer.plan_metrics m
   SET definition = jsonb_build_object(
           'unitPrice', trim_scale(m.unit_price)::text,
           'includedUnits', trim_scale(m.included_units)::text,
           'minimum', trim_scale(m.minimum_minor / s.minor_units)::text,
           'maximum', trim_scale(m.maximum_minor / s.minor_units)::text)
  FROM scaled s
 WHERE (m.org_id, m.plan_id, m.number, m.position) = (s.org_id, s.plan_id, s.number, s.position)""",
    "ALTER TABLE invoicer.plan_metrics ENABLE TRIGGER USER",
    """
ALTER TABLE invoicer.plan_metrics
    ALTER COLUMN definition SET NOT NULL,
    DROP COLUMN unit_price,
    DROP COLUMN included_units,
    DROP COLUMN minimum_minor,
    DROP COLUMN maximum_minor,
    ADD CONSTRAINT ck_plan_metrics_model_known CHECK (
        model IN ('per_unit', 'graduated', 'volume', 'package', 'percentage', 'flat')),
    ADD CONSTRAINT ck_plan_metrics_matrix_whole CHECK ((matrix_property IS NULL) = (definition -> 'values' IS NULL))""",
    "ALTER TABLE invoicer.plans ADD COLUMN archived boolean NOT NULL DEFAULT false",
    "ALTER TABLE invoicer.plans ALTER COLUMN archived DROP DEFAULT",
)


def upgrade() -> None:
    """Definitions take the place of the columns of one model."""
    for statement in _STATEMENTS:
        op.execute(statement)
