"""What contents are about."""
