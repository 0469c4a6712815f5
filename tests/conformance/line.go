// Command line judges receipts of lines: a second verifier, written from spec/receipt.md and the
// pages that it names, with Go's standard library alone.
//
// Each argument pair is a verifier key and a file; for each it prints one JSON object: the error,
// or the parts of the line.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
)

type part struct {
	Kind  int    `json:"kind"`
	Raw   []byte `json:"raw"`
	Known bool   `json:"known"`
}

type answer struct {
	Error string `json:"error"`
	Parts []part `json:"parts"`
}

type bad string

func (b bad) Error() string { return string(b) }

func must(held bool, what string) {
	if !held {
		panic(bad(what))
	}
}

func sum(blobs ...[]byte) []byte {
	found := sha256.Sum256(bytes.Join(blobs, nil))
	return found[:]
}

func mac(key, message []byte) []byte {
	made := hmac.New(sha256.New, key)
	made.Write(message)
	return made.Sum(nil)
}

func u64(n int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

func enc(label string, parts ...[]byte) []byte {
	out := u64(len(parts) + 1)
	for _, one := range append([][]byte{[]byte("bailee/v1/" + label)}, parts...) {
		out = append(append(out, u64(len(one))...), one...)
	}
	return out
}

func dec(label string, blob []byte) [][]byte {
	var parts [][]byte
	for rest := blob[8:]; len(rest) > 0; {
		size := binary.BigEndian.Uint64(rest)
		must(size <= uint64(len(rest)-8), "tuple")
		parts, rest = append(parts, rest[8:8+size]), rest[8+size:]
	}
	must(len(parts) > 0 && bytes.Equal(enc(label, parts[1:]...), blob), "tuple")
	return parts[1:]
}

func b64(text string) []byte {
	found, err := base64.StdEncoding.Strict().DecodeString(text)
	must(err == nil, "base64")
	return found
}

func id(front, text string) []byte {
	must(strings.HasPrefix(text, front), "id")
	alphabet := base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
	found, err := alphabet.DecodeString(text[len(front):])
	must(err == nil && len(found) == 16 && front+alphabet.EncodeToString(found) == text, "id")
	return found
}

func number(text string) int {
	found, err := strconv.Atoi(text)
	must(err == nil && found >= 0 && strconv.Itoa(found) == text, "number")
	return found
}

// leads follows a path of RFC 9162, 2.1.3.2.
func leads(leaf []byte, index, size int, path [][]byte, root []byte) bool {
	if index >= size {
		return false
	}
	found, last := sum([]byte{0}, leaf), size-1
	for _, step := range path {
		if last == 0 {
			return false
		}
		if index%2 == 1 || index == last {
			found = sum([]byte{1}, step, found)
			for index%2 == 0 && index > 0 {
				index, last = index/2, last/2
			}
		} else {
			found = sum([]byte{1}, found, step)
		}
		index, last = index/2, last/2
	}
	return last == 0 && bytes.Equal(found, root)
}

// hashes takes the path off the front of some lines.
func hashes(lines []string) ([][]byte, []string) {
	var path [][]byte
	for len(lines) > 0 && !strings.Contains(lines[0], " ") {
		path, lines = append(path, b64(lines[0])), lines[1:]
		must(len(path[len(path)-1]) == 32, "hash")
	}
	return path, lines
}

func after(word, line string) string {
	must(strings.HasPrefix(line, word), word)
	return line[len(word):]
}

// head checks both signatures of a checkpoint, and gives its origin, size and root.
func head(vkey, checkpoint string) (string, int, []byte) {
	text, signatures, found := strings.Cut(checkpoint, "\n\n")
	lines := strings.Split(text, "\n")
	must(found && len(lines) == 3 && strings.HasSuffix(signatures, "\n"), "checkpoint")
	text += "\n"
	key := strings.SplitN(vkey, "+", 3)
	material := b64(key[2])
	must(key[0] == lines[0] && len(material) == 33, "key")
	signed := map[byte]int{}
	for _, line := range strings.Split(strings.TrimSuffix(signatures, "\n"), "\n") {
		words := strings.Split(line, " ")
		must(len(words) == 3 && words[0] == "—", "signature")
		blob := b64(words[2])
		for _, kind := range []byte{1, 4} {
			name := sum([]byte(lines[0]+"\n"), []byte{kind}, material[1:])[:4]
			if words[1] != lines[0] || !bytes.Equal(name, blob[:4]) {
				continue
			}
			said, signature := text, blob[4:]
			if kind == 4 {
				said = fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), text)
				signature = signature[8:]
			}
			must(ed25519.Verify(material[1:], []byte(said), signature), "signature")
			signed[kind]++
		}
	}
	must(signed[1] == 1 && signed[4] == 1, "signer")
	return lines[0], number(lines[1]), b64(lines[2])
}

// entry judges the receipt of the batch's entry, and gives the entry's body.
func entry(vkey, receipt string) map[string]string {
	proof, checkpoint, found := strings.Cut(receipt, "\n\n")
	lines := strings.Split(proof, "\n")
	must(found && len(lines) >= 3 && lines[0] == "c2sp.org/tlog-proof@v1", "receipt")
	origin, size, root := head(vkey, checkpoint)
	opening := dec("opening", b64(after("extra ", lines[1])))
	must(len(opening) == 9 && len(opening[0]) == 32 && string(opening[2]) == "log:batch", "opening")
	leaf := mac(opening[0], enc("entry", append([][]byte{[]byte(origin)}, opening[1:7]...)...))
	path, rest := hashes(lines[3:])
	must(len(rest) == 0 && leads(leaf, number(after("index ", lines[2])), size, path, root), "entry")
	body, fields := map[string]string{}, dec("body", opening[5])
	for at := 0; at+1 < len(fields); at += 2 {
		body[string(fields[at])] = string(fields[at+1])
	}
	must(body["transform"] == "placeholders-1", "transform")
	count := 0
	for block := 0; block < number(body["blocks"]); block++ {
		count += number(body[fmt.Sprintf("b%d.lines", block)])
	}
	must(count > 0 && count == number(body["lines"]), "blocks")
	return body
}

func root(text string) []byte {
	found, err := hex.DecodeString(text)
	must(err == nil, "root")
	return found
}

// line reads the leaf: the ordinals, and the parts of the text with the kind of each mark.
func line(leaf []byte) ([]int, []part) {
	must(len(leaf) >= 36, "leaf")
	count := int(binary.BigEndian.Uint32(leaf[32:]))
	must(len(leaf) >= 36+4*count, "leaf")
	var ordinals []int
	for at := 0; at < count; at++ {
		ordinals = append(ordinals, int(binary.BigEndian.Uint32(leaf[36+4*at:])))
	}
	parts, plain := []part{}, []byte{}
	for text := leaf[36+4*count:]; len(text) > 0; {
		switch {
		case text[0] != 0x1a:
			plain, text = append(plain, text[0]), text[1:]
		case len(text) > 1 && text[1] == 0x1a:
			plain, text = append(plain, 0x1a), text[2:]
		case len(text) > 3 && text[1] == 'x':
			plain, text = append(plain, root(string(text[2:4]))...), text[4:]
		default:
			must(len(text) > 1 && text[1] > 0x40, "mark")
			parts = append(parts, part{Raw: plain, Known: true}, part{Kind: int(text[1]) - 0x40})
			plain, text = []byte{}, text[2:]
		}
	}
	return ordinals, append(parts, part{Raw: plain, Known: true})
}

func judge(vkey, receipt string) []part {
	own, rest, found := strings.Cut(receipt, "\n\n")
	lines := strings.Split(own, "\n")
	must(found && len(lines) >= 3 && lines[0] == "bailee/v1/line-receipt", "header")
	body := entry(vkey, rest)
	batch := id("bt-", body["batch"])
	block, index := 0, number(after("number ", lines[1]))-1
	for ; index >= number(body[fmt.Sprintf("b%d.lines", block)]); block++ {
		index -= number(body[fmt.Sprintf("b%d.lines", block)])
	}
	front := fmt.Sprintf("b%d.", block)
	leaf := b64(after("line ", lines[2]))
	path, left := hashes(lines[3:])
	must(index >= 0 && leads(leaf, index, number(body[front+"lines"]), path, root(body[front+"lines-root"])), "line")
	ordinals, parts := line(leaf)
	if len(left) == 0 {
		return parts
	}
	must(len(left) > 1, "values")
	client, last := id("cl-", after("client ", left[0])), -1
	for left = left[1:]; len(left) > 0; {
		words := strings.Split(after("value ", left[0]), " ")
		must(len(words) == 3, "value")
		ordinal, nonces, raw := number(words[0]), b64(words[1]), b64(words[2])
		path, left = hashes(left[1:])
		must(len(nonces) == 48 && ordinal > last, "nonces")
		last = ordinal
		kind, next := 0, 0
		for at := range parts {
			if parts[at].Kind == 0 || parts[at].Kind == 18 {
				continue
			}
			if ordinals[next] == ordinal {
				kind, parts[at].Raw, parts[at].Known = parts[at].Kind, raw, true
			}
			next++
		}
		must(kind > 0, "value elsewhere")
		epoch := number(body["epoch"])
		c := mac(nonces[16:], enc("value", client, u64(epoch), u64(kind), raw))
		bind := enc("bind", batch, u64(block), u64(ordinal), u64(kind), c, nonces[:16])
		must(leads(bind, ordinal, number(body[front+"values"]), path, root(body[front+"values-root"])), "value")
	}
	return parts
}

func ask(vkey, path string) (told answer) {
	defer func() {
		if found := recover(); found != nil {
			told = answer{Error: fmt.Sprint(found)}
		}
	}()
	receipt, err := os.ReadFile(path)
	must(err == nil, "file")
	return answer{Parts: judge(vkey, string(receipt))}
}

func main() {
	out := json.NewEncoder(os.Stdout)
	for at := 1; at+1 < len(os.Args); at += 2 {
		if err := out.Encode(ask(os.Args[at], os.Args[at+1])); err != nil {
			os.Exit(1)
		}
	}
}
