"""``python -m sentiment.cli``: the command."""

from sentiment.cli import main

if __name__ == "__main__":
    main()
