// Spelling: what is written in one way, as ledger.md and encoding.md say.

package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

func sum(blobs ...[]byte) []byte {
	hash := sha256.New()
	for _, blob := range blobs {
		hash.Write(blob)
	}
	return hash.Sum(nil)
}

func mac(key, message []byte) []byte {
	made := hmac.New(sha256.New, key)
	made.Write(message)
	return made.Sum(nil)
}

func u64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func enc(label string, parts ...[]byte) []byte {
	out := u64(uint64(len(parts) + 1))
	for _, part := range append([][]byte{[]byte("bailee/v1/" + label)}, parts...) {
		out = append(append(out, u64(uint64(len(part)))...), part...)
	}
	return out
}

func dec(label string, blob []byte, why string) [][]byte {
	must(len(blob) >= 8, why)
	count, rest := binary.BigEndian.Uint64(blob), blob[8:]
	var parts [][]byte
	for ; count > 0; count-- {
		must(len(rest) >= 8, why)
		size := binary.BigEndian.Uint64(rest)
		rest = rest[8:]
		must(size <= uint64(len(rest)), why)
		parts, rest = append(parts, rest[:size]), rest[size:]
	}
	must(len(rest) == 0 && len(parts) > 0 && string(parts[0]) == "bailee/v1/"+label, why)
	return parts[1:]
}

// Spelling: each of these has one form, so what was read is written again and compared.

func unbase64(text string) ([]byte, bool) {
	found, err := base64.StdEncoding.DecodeString(text)
	return found, err == nil && base64.StdEncoding.EncodeToString(found) == text
}

func mustBase64(text, why string) []byte {
	found, ok := unbase64(text)
	must(ok, why)
	return found
}

func number(text string) (uint64, bool) {
	if text == "0" {
		return 0, true
	}
	if len(text) == 0 || len(text) > 19 || text[0] == '0' {
		return 0, false
	}
	found := uint64(0)
	for at := 0; at < len(text); at++ {
		if text[at] < '0' || text[at] > '9' {
			return 0, false
		}
		found = found*10 + uint64(text[at]-'0')
	}
	return found, found < timeEnd
}

func mustNumber(text string) uint64 {
	found, ok := number(text)
	must(ok, "decimal")
	return found
}

var alphabet = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func id(front, text, why string) []byte {
	must(strings.HasPrefix(text, front), why)
	found, err := alphabet.DecodeString(text[len(front):])
	must(err == nil && len(found) == 16 && front+alphabet.EncodeToString(found) == text, why)
	return found
}

func digest(text, why string) []byte {
	found, err := hex.DecodeString(text)
	must(err == nil && len(found) == 32 && hex.EncodeToString(found) == text, why)
	return found
}

func isName(text string) bool {
	for at := 0; at < len(text); at++ {
		if text[at] < 0x21 || text[at] > 0x7e || text[at] == '+' {
			return false
		}
	}
	return len(text) > 0
}

func isWord(text string) bool {
	for at := 0; at < len(text); at++ {
		if !(text[at] >= 'a' && text[at] <= 'z') && !(text[at] == '-' && at > 0) {
			return false
		}
	}
	return len(text) > 0 && len(text) <= 32
}

func isKind(text string) bool {
	first, second, two := strings.Cut(text, ":")
	return isWord(first) && (!two || isWord(second))
}
