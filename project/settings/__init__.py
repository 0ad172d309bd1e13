"""Settings: ``base`` for all, then ``local``, ``production`` or ``test`` on top of it."""
