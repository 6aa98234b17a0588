"""The labelled corpus, the fit of the model, and how good it is. Run by ``make model``."""
