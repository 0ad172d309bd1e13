"""``python -m vitrina`` is the command ``vitrina``."""

from vitrina.cli.main import main

if __name__ == "__main__":
    main()
