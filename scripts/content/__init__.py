"""Turn prose and data into pages: pairs, prose calls, wording, addresses, styles and scripts."""
