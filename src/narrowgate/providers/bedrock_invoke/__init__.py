"""AWS Bedrock's InvokeModel: models in their own APIs' JSON, only streams and errors are AWS's.

The body to send and a whole answer are the model's own; `InvokeDecoder` makes its family read streams.
"""

from narrowgate.providers.bedrock_converse.faults import fault_of
from narrowgate.providers.bedrock_invoke.stream import InvokeDecoder

__all__ = ["InvokeDecoder", "fault_of"]
