"""One post: clean, segment, score. Functions here take a ``str`` and know nothing of frames."""
