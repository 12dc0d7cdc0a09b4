"""The outside world: the only code that imports boto3, requests or jinja2."""
