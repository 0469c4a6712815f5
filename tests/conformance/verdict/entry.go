// Entries and what opens them: ledger.md, "Entry" and "Export directory".

package main

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

type pair struct{ key, value string }

type opening struct {
	nonce, entry      []byte
	kind              string
	time              uint64
	body              []pair
	commitment        []byte
	hasSubject        bool
	subjectNonce      []byte
	subject           []pair
	encBody, encOther []byte
}

func encMap(label string, fields []pair) []byte {
	var parts [][]byte
	for _, field := range fields {
		parts = append(parts, []byte(field.key), []byte(field.value))
	}
	return enc(label, parts...)
}

func decMap(label string, blob []byte) []pair {
	parts := dec(label, blob, "fields")
	must(len(parts)%2 == 0, "fields")
	var found []pair
	for at := 0; at < len(parts); at += 2 {
		must(utf8.Valid(parts[at]) && utf8.Valid(parts[at+1]), "fields")
		found = append(found, pair{string(parts[at]), string(parts[at+1])})
	}
	must(rising(found), "fields")
	return found
}

// rising tells whether keys are unique and in the order of their code points, which is that of
// their bytes in UTF-8.
func rising(fields []pair) bool {
	for at := 1; at < len(fields); at++ {
		if fields[at-1].key >= fields[at].key {
			return false
		}
	}
	return true
}

// check demands what every opening owes, wherever it was read.
func (o *opening) check() {
	must(len(o.nonce) == 32 && (!o.hasSubject || len(o.subjectNonce) == 32), "nonce")
	must(len(o.entry) == 16 && len(o.commitment) == 32, "opening")
	must(isKind(o.kind) && o.time < timeEnd, "opening")
	o.encBody = encMap("body", o.body)
	must(len(o.encBody) <= mapMax, "opening_size")
	if o.hasSubject {
		o.encOther = encMap("subject-fields", o.subject)
		must(len(o.encOther) <= mapMax, "opening_size")
	}
}

func (o opening) leaf(origin string) []byte {
	return mac(o.nonce, enc("entry", []byte(origin), o.entry, []byte(o.kind), u64(1), u64(o.time), o.encBody, o.commitment))
}

func (o opening) subjectHolds(origin string) bool {
	made := mac(o.subjectNonce, enc("subject", []byte(origin), o.entry, o.encOther))
	return !o.hasSubject || bytes.Equal(made, o.commitment)
}

func (o opening) field(key string) (string, bool) {
	for _, field := range o.body {
		if field.key == key {
			return field.value, true
		}
	}
	return "", false
}

// opened reads the opening of a receipt.
func opened(blob []byte) opening {
	parts := dec("opening", blob, "opening")
	must(len(parts) == 9 && len(parts[3]) == 8 && len(parts[4]) == 8, "opening")
	must(binary.BigEndian.Uint64(parts[3]) == 1, "opening_format")
	found := opening{
		nonce: parts[0], entry: parts[1], kind: string(parts[2]), commitment: parts[6],
		time: binary.BigEndian.Uint64(parts[4]), body: decMap("body", parts[5]),
		hasSubject: len(parts[8]) > 0, subjectNonce: parts[7],
	}
	must(found.hasSubject == (len(parts[7]) > 0), "opening")
	if found.hasSubject {
		found.subject = decMap("subject-fields", parts[8])
	}
	found.check()
	return found
}

// row reads a line of openings.jsonl, which has one form: so it is read from left to right, and
// whatever is not what comes next is wrong.
type row struct{ rest string }

func (r *row) take(text string) {
	must(strings.HasPrefix(r.rest, text), "opening")
	r.rest = r.rest[len(text):]
}

func (r *row) number() uint64 {
	stop := strings.IndexFunc(r.rest, func(char rune) bool { return char < '0' || char > '9' })
	must(stop > 0, "opening")
	found, ok := number(r.rest[:stop])
	must(ok, "opening")
	r.rest = r.rest[stop:]
	return found
}

var short = map[byte]byte{'"': '"', '\\': '\\', 'b': 8, 't': 9, 'n': 10, 'f': 12, 'r': 13}

func (r *row) text() string {
	r.take(`"`)
	var out []byte
	for {
		must(len(r.rest) > 1, "opening")
		char := r.rest[0]
		switch {
		case char == '"':
			r.rest = r.rest[1:]
			must(utf8.Valid(out), "opening")
			return string(out)
		case char < 0x20:
			must(false, "opening")
		case char != '\\':
			out, r.rest = append(out, char), r.rest[1:]
		case r.rest[1] == 'u':
			must(len(r.rest) >= 6 && r.rest[2:4] == "00", "opening")
			code, err := hex.DecodeString(r.rest[4:6])
			must(err == nil && strings.ToLower(r.rest[4:6]) == r.rest[4:6] && code[0] < 0x20, "opening")
			must(!strings.ContainsRune("\b\t\n\f\r", rune(code[0])), "opening")
			out, r.rest = append(out, code[0]), r.rest[6:]
		default:
			plain, ok := short[r.rest[1]]
			must(ok, "opening")
			out, r.rest = append(out, plain), r.rest[2:]
		}
	}
}

func (r *row) fields() []pair {
	var found []pair
	r.take("{")
	for !strings.HasPrefix(r.rest, "}") {
		if len(found) > 0 {
			r.take(",")
		}
		key := r.text()
		r.take(":")
		found = append(found, pair{key, r.text()})
	}
	r.take("}")
	must(rising(found), "opening")
	return found
}

func readRow(blob []byte) (uint64, opening) {
	must(len(blob) <= openingMax, "opening_size")
	r := &row{string(blob)}
	var found opening
	r.take(`{"index":`)
	index := r.number()
	r.take(`,"entry":`)
	found.entry = id("en-", r.text(), "opening")
	r.take(`,"kind":`)
	found.kind = r.text()
	r.take(`,"version":`)
	must(r.number() == 1, "opening_format")
	r.take(`,"time_ms":`)
	found.time = r.number()
	r.take(`,"body":`)
	found.body = r.fields()
	r.take(`,"nonce":`)
	found.nonce = mustBase64(r.text(), "opening")
	r.take(`,"subject_commitment":`)
	found.commitment = mustBase64(r.text(), "opening")
	if strings.HasPrefix(r.rest, ",") {
		r.take(`,"subject":`)
		found.hasSubject, found.subject = true, r.fields()
		r.take(`,"subject_nonce":`)
		found.subjectNonce = mustBase64(r.text(), "opening")
	}
	r.take("}\n")
	must(r.rest == "", "opening")
	found.check()
	return index, found
}
