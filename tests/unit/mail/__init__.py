"""Rendering and formatting of mails."""
