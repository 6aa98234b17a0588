"""outage-sentiment: scraped Chinese posts in, a trustworthy account of an outage out."""
