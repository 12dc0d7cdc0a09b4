"""What each connector makes of the real payloads, file by file."""
