// Notes, verifier keys and checkpoints: ledger.md, "Checkpoint".

package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

type vkey struct {
	name   string
	public string
}

func (k vkey) id(kind byte) string {
	return string(sum([]byte(k.name+"\n"), []byte{kind}, []byte(k.public))[:4])
}

func parseKey(text string) (vkey, bool) {
	parts := strings.SplitN(text, "+", 3)
	if len(parts) != 3 || !isName(parts[0]) {
		return vkey{}, false
	}
	material, ok := unbase64(parts[2])
	if !ok || len(material) != 33 || material[0] != 1 {
		return vkey{}, false
	}
	found := vkey{parts[0], string(material[1:])}
	return found, hex.EncodeToString([]byte(found.id(1))) == parts[1]
}

type signature struct {
	name, id string
	blob     []byte
}

type note struct {
	text  string
	lines []signature
}

func readNote(blob []byte) note {
	must(len(blob) <= noteMax, "note_size")
	whole := string(blob)
	cut := strings.LastIndex(whole, "\n\n")
	must(cut > 0 && strings.HasSuffix(whole, "\n") && cut+2 < len(whole), "note")
	found := note{text: whole[:cut+1]}
	rows := strings.Split(whole[cut+2:len(whole)-1], "\n")
	must(len(rows) <= linesMax, "note_signatures")
	for _, row := range rows {
		must(strings.HasPrefix(row, "\u2014 "), "note")
		name, material, two := strings.Cut(strings.TrimPrefix(row, "\u2014 "), " ")
		must(two && isName(name), "note")
		blob := mustBase64(material, "note")
		must(len(blob) > 4, "note")
		found.lines = append(found.lines, signature{name, string(blob[:4]), blob[4:]})
	}
	return found
}

func (k vkey) plain(text string, line signature) bool {
	return len(line.blob) == ed25519.SignatureSize &&
		ed25519.Verify(ed25519.PublicKey(k.public), []byte(text), line.blob)
}

func (k vkey) timed(text string, line signature) bool {
	if len(line.blob) != 8+ed25519.SignatureSize {
		return false
	}
	seconds := binary.BigEndian.Uint64(line.blob)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", seconds, text)
	return seconds < timeEnd && ed25519.Verify(ed25519.PublicKey(k.public), []byte(message), line.blob[8:])
}

type checkpoint struct {
	note
	origin string
	size   uint64
	root   []byte
}

func readCheckpoint(blob []byte) checkpoint {
	found := checkpoint{note: readNote(blob)}
	rows := strings.Split(strings.TrimSuffix(found.text, "\n"), "\n")
	must(len(rows) == 3 && isName(rows[0]), "checkpoint")
	found.origin, found.size = rows[0], mustNumber(rows[1])
	found.root = mustBase64(rows[2], "checkpoint")
	must(len(found.root) == 32, "checkpoint")
	must(found.size > 0 || bytes.Equal(found.root, sum()), "checkpoint")
	return found
}

// signed demands what step 3 demands of the key in office.
func (c checkpoint) signed(k vkey) {
	must(c.origin == k.name, "signer_other")
	plain, timed := []int{}, []int{}
	for at, line := range c.lines {
		if line.name == k.name && line.id == k.id(1) {
			must(k.plain(c.text, line), "signature_bad")
			plain = append(plain, at)
		}
		if line.name == k.name && line.id == k.id(4) {
			must(k.timed(c.text, line), "signature_bad")
			timed = append(timed, at)
		}
	}
	must(len(plain) > 0, "signer_other")
	must(len(plain) == 1 && len(timed) == 1 && plain[0] == 0 && timed[0] == 1, "signer_lines")
}
