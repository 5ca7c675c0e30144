"""The directory of people and numbers: records, checks and everything made from them."""
