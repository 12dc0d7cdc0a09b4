"""Mails through real parts: SES as moto plays it, an SMTP server, a browser."""
