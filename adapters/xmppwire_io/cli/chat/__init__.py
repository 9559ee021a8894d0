"""`xmppwire chat`: a conversation with a contact or a room, in a terminal.

`keys` tells what was typed, `editor` is the line that is written, `layout` how text fits into columns, `view` what stands on
the screen; none of them touches the terminal. `screen` does, `talk` is the conversation itself, and `command` joins them.
"""
