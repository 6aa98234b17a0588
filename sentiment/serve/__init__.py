"""The war-room page: what a store says now, in a browser, as JSON and as metrics."""
