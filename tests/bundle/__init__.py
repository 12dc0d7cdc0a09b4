"""The Lambda bundle and the template around it."""
