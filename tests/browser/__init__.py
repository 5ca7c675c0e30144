"""What runs in the browser: sealing, codes, urgency and the reader page, in real Chromium."""
