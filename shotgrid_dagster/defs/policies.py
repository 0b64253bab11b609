"""What holds for all assets alike: who owns them, how fresh they are, what is tried again."""

from collections.abc import Iterable
from datetime import timedelta

import dagster as dg

OWNER = "team:production-technology"

RETRIES = dg.RetryPolicy(
    max_retries=2, delay=10, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
)
"""For what can pass later. What cannot (a refused key, a broken promise) says so itself."""

FRESHNESS = dg.FreshnessPolicy.time_window(
    warn_window=timedelta(hours=2), fail_window=timedelta(hours=26)
)
"""An incremental run is due every quarter of an hour, a census every night."""


EVERY_MORNING = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=80))
"""Of what is made on the mornings of working days: a weekend lies between two of them."""


def with_policies(assets: Iterable[dg.AssetsDefinition]) -> list[dg.AssetsDefinition]:
    """The assets with an owner and a freshness policy where they have none of their own."""
    return list(dg.map_asset_specs(_with_policies, assets))


def _with_policies(spec: dg.AssetSpec) -> dg.AssetSpec:
    return spec.replace_attributes(
        owners=spec.owners or [OWNER], freshness_policy=spec.freshness_policy or FRESHNESS
    )
