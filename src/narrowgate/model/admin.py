"""What an edge and the control process say to each other about one admin call."""

import msgspec


class AdminRequest(msgspec.Struct, frozen=True):
    """One HTTP request under `/admin`, as the edge received it.

    `path` has no query; `query` is the raw text behind `?`. `authorization` is the header's
    value; the control process checks it, the edge does not know the admin token.
    """

    method: str
    path: str
    query: str
    authorization: str
    body: bytes
    client_address: str


class AdminAnswer(msgspec.Struct, frozen=True):
    """The answer to an AdminRequest: status, content type and body."""

    status: int
    content_type: str
    body: bytes


REQUEST_DECODER = msgspec.msgpack.Decoder(AdminRequest)
ANSWER_DECODER = msgspec.msgpack.Decoder(AdminAnswer)
ENCODER = msgspec.msgpack.Encoder()
