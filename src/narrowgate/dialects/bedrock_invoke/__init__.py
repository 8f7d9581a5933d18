"""AWS Bedrock's InvokeModel, as clients speak it: another dialect's JSON in AWS's frames and with its errors."""

from narrowgate.dialects.bedrock_converse.render import error_type, render_fault
from narrowgate.dialects.bedrock_invoke.encoder import InvokeEncoder

__all__ = ["InvokeEncoder", "error_type", "render_fault"]
