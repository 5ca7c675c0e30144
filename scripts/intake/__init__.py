"""Take a sealed request for help from a browser to a tracker issue without losing or reading it."""
