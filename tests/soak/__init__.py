"""The soak: many events with all that goes wrong on the way, and at the end every ledger as the world alone has it."""
