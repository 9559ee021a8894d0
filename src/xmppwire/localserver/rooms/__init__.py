"""The rooms of the local server: the service's half of Multi-User Chat (XEP-0045).

    server = LocalServer(["capulet.lit"], accounts)                     # rooms live at conference.capulet.lit
    server = LocalServer(["capulet.lit"], accounts, rooms="chat")       # ... at chat.capulet.lit
    server = LocalServer(["capulet.lit"], accounts, rooms=None)         # there are none

What is done: entering with history control, nicknames, passwords, members-only and moderated rooms, both kinds of anonymity,
configuration, roles and affiliations with all their checks, subjects, private messages, invitations, requests for voice,
registration, and the end of a room. Messages bear an id of the room (XEP-0359), everything bears that of the occupant
(XEP-0421), a moderator takes messages back (XEP-0425), and a client may ask whether it is still there (XEP-0410).

What a user must know: rooms are in memory and gone with the server. Several clients of one user may share a nickname. With
the setting `logging` what is said is kept in an archive (XEP-0313), where the server has archives. Where the server does not
know the date (`epoch`), the stamps of the history count from 1970, since history without any would pass for what is said now.
"""
