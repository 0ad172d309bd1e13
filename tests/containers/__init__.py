"""Images and compose file, really run: ``docker/test.sh``. With Python's own library only."""
