"""Deploying and going back."""
