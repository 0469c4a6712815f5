"""Tink, behind one typed door: the judge of the wire format, never in the product."""

import base64
import io
import json
from typing import Any, BinaryIO, cast

import tink  # type: ignore[import-untyped]  # ships no types: this module is their one door
from tink import secret_key_access, streaming_aead
from tink.proto import (  # type: ignore[import-untyped]  # as above
    aes_gcm_hkdf_streaming_pb2,
    common_pb2,
)

from bailee.limits import SEGMENT_BYTES

streaming_aead.register()

_TYPE = "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey"


class _Kept(io.BytesIO):
    """Keeps what was written when Tink closes it."""

    kept = b""

    def close(self) -> None:
        if not self.closed:
            self.kept = self.getvalue()
        super().close()


class Refused(Exception):
    """Tink did not open it."""


class Tink:
    """AES256-GCM-HKDF streaming, 64 KiB segments, under one key that is given."""

    def __init__(self, key: bytes) -> None:
        streaming_key = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(
            params=aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
                ciphertext_segment_size=SEGMENT_BYTES,
                derived_key_size=32,
                hkdf_hash_type=common_pb2.SHA256,
            ),
            key_value=key,
        )
        one = {
            "keyData": {
                "typeUrl": _TYPE,
                "keyMaterialType": "SYMMETRIC",
                "value": base64.b64encode(streaming_key.SerializeToString()).decode(),
            },
            "outputPrefixType": "RAW",
            "keyId": 1,
            "status": "ENABLED",
        }
        handle = tink.json_proto_keyset_format.parse(
            json.dumps({"primaryKeyId": 1, "key": [one]}), secret_key_access.TOKEN
        )
        self._primitive: Any = handle.primitive(streaming_aead.StreamingAead)

    def seal(self, plaintext: bytes, associated_data: bytes) -> bytes:
        out = _Kept()
        with self.sealing(out, associated_data) as stream:
            stream.write(plaintext)
        return out.kept

    def open(self, sealed: bytes, associated_data: bytes) -> bytes:
        try:
            with self.opening(io.BytesIO(sealed), associated_data) as stream:
                return stream.read()
        except tink.TinkError as error:
            raise Refused from error

    def sealing(self, out: BinaryIO, associated_data: bytes) -> BinaryIO:
        return cast("BinaryIO", self._primitive.new_encrypting_stream(out, associated_data))

    def opening(self, source: BinaryIO, associated_data: bytes) -> BinaryIO:
        return cast("BinaryIO", self._primitive.new_decrypting_stream(source, associated_data))
