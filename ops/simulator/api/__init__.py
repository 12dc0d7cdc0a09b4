"""The platform APIs that hydration and pull call, as plain functions over the world as of a simulated now."""
