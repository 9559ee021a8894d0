"""What service discovery tells about HTTP File Upload (XEP-0363)."""

from __future__ import annotations

from xmppwire.payload import UnsignedLong
from xmppwire.protocol import form
from xmppwire.protocol.form import TypedForm

PART_OF = "XEP-0363"


class UploadLimits(TypedForm, form_type="urn:xmpp:http:upload:0"):
    """The size in bytes of the greatest file that the service takes (section 3)."""

    max_file_size: int | None = form.field("max-file-size", UnsignedLong, default=None)
