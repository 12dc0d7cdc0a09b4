"""The console: pages for the merchant's own people, rendered on the server, working without scripts."""
