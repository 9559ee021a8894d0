"""The I/O for xmppwire: it moves an engine's bytes over sockets and TLS.

`asyncio`, `trio`, `anyio` and `blocking` each have `connect()` for clients and `serve()` for servers. What they share is
pure: `driver` (bytes, TLS and an engine on top of each other), `dial` (from an address to a session), `client`, `server`,
`tls`. For a loop of your own take `driver` and `dial`. `errors` says what `connect()` raises.
"""
