"""The command ``vitrina``."""
