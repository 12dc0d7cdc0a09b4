"""Log lines, metrics and words of health."""
