"""XMPP without the I/O."""
