"""World to wire: each module writes one platform's webhooks and API answers in that platform's own words."""
