"""Providers of speech alone."""

from narrowgate.model.operation import Operation
from narrowgate.providers.profile import Profile

_READ = "2026-11"
_BOTH = frozenset({Operation.SPEECH, Operation.TRANSCRIPTIONS})

SPEECH: tuple[Profile, ...] = (
    Profile(
        name="elevenlabs",
        title="ElevenLabs",
        base_url="https://api.elevenlabs.io",
        key_env=("ELEVENLABS_API_KEY", "ELEVEN_API_KEY"),
        base_url_env=("ELEVENLABS_BASE_URL", "ELEVENLABS_API_BASE"),
        operations=_BOTH,
        source="https://elevenlabs.io/docs/api-reference",
        read=_READ,
        auth_header="xi-api-key",
        auth_prefix="",
        paths={Operation.SPEECH: "/v1/text-to-speech", Operation.TRANSCRIPTIONS: "/v1/speech-to-text"},
    ),
    Profile(
        name="deepgram",
        title="Deepgram",
        base_url="https://api.deepgram.com",
        key_env=("DEEPGRAM_API_KEY",),
        base_url_env=("DEEPGRAM_BASE_URL", "DEEPGRAM_API_BASE"),
        operations=_BOTH,
        source="https://developers.deepgram.com/reference",
        read=_READ,
        auth_prefix="Token ",
        paths={Operation.SPEECH: "/v1/speak", Operation.TRANSCRIPTIONS: "/v1/listen"},
    ),
)
