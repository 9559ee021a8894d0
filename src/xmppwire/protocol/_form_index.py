"""Which module of this package defines the typed form of which FORM_TYPE; it is imported when one is looked for."""

MODULES: dict[str, str] = {}
