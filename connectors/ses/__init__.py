"""Amazon SES: what became of the mails that were sent through it. Documentation: docs/connectors/ses.md."""

from connectors.ses.connector import CONNECTOR

__all__ = ["CONNECTOR"]
