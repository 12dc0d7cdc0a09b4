"""The pages, a module each: what is asked of the services, put into plain values for a template."""
