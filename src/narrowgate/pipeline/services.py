"""Which calls that are no conversation have a form of their own at which provider, by the name of its profile."""

from collections.abc import Mapping
from types import MappingProxyType

from narrowgate.model.operation import Operation
from narrowgate.providers.services import (
    bedrock_embedding,
    deepgram,
    elevenlabs,
    embedding,
    images,
    ranking,
    workers_ai,
)
from narrowgate.providers.services.service import FormService, Service

_SERVICES: Mapping[tuple[str, Operation], Service] = MappingProxyType(
    {
        ("bedrock", Operation.EMBEDDINGS): bedrock_embedding.EMBEDDING,
        ("cloudflare", Operation.RERANK): workers_ai.RANKING,
        ("cohere", Operation.RERANK): ranking.COHERE,
        ("deepgram", Operation.SPEECH): deepgram.SPEECH,
        ("elevenlabs", Operation.SPEECH): elevenlabs.SPEECH,
        ("jina", Operation.EMBEDDINGS): embedding.JINA,
        ("replicate", Operation.IMAGE_GENERATIONS): images.REPLICATE,
        ("voyage", Operation.EMBEDDINGS): embedding.VOYAGE,
        ("voyage", Operation.RERANK): ranking.VOYAGE,
    }
)
_FORM_SERVICES: Mapping[tuple[str, Operation], FormService] = MappingProxyType(
    {
        ("cloudflare", Operation.TRANSCRIPTIONS): workers_ai.HEARING,
        ("deepgram", Operation.TRANSCRIPTIONS): deepgram.HEARING,
        ("elevenlabs", Operation.TRANSCRIPTIONS): elevenlabs.HEARING,
    }
)
SERVED = frozenset({operation for _, operation in _SERVICES})


def service_of(profile: str, operation: Operation) -> Service | None:
    """Return how a provider wants `operation` asked, None for as it came."""
    return _SERVICES.get((profile, operation))


def form_service_of(profile: str, operation: Operation) -> FormService | None:
    """As `service_of`, for what is asked with a form."""
    return _FORM_SERVICES.get((profile, operation))
