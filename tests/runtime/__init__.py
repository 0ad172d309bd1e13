"""The runtime: hostile pictures, decoding, manifests, engines. No Django, no real model."""
