"""The I/O for xmppwire."""
