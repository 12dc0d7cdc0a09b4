"""Several merchants in one deployment."""
