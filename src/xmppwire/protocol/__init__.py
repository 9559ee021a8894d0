"""The vocabulary: one module an extension, by its common name. What programs do with them is in `xmppwire.im`.

    from xmppwire.protocol.delay import Delay

Importing this package imports none of them: they are imported when a payload of theirs is looked for (`iq.payload`,
`xmppwire.payload.find`), by the table in `xmppwire.protocol.index`. `standards()` lists what there is.
"""

from xmppwire.payload.registry import add_index
from xmppwire.protocol.index import MODULES
from xmppwire.protocol.standard import Role, Standard, Status, standards

add_index(__name__, MODULES)

__all__ = ["Role", "Standard", "Status", "standards"]
