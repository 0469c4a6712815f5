// A receipt of a line: verification.md, receipt.md and batch.md.

package main

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

type part struct {
	Kind    int    `json:"kind"`
	Ordinal int    `json:"ordinal"`
	Raw     []byte `json:"raw"`
	Known   bool   `json:"known"`
}

type value struct {
	ordinal uint64
	salt, r []byte
	raw     []byte
	path    [][]byte
}

type lineReceipt struct {
	number uint64
	leaf   []byte
	path   [][]byte
	client []byte
	values []value
	entry  receipt
}

// hashes takes a path off the front of some lines.
func hashes(rows []string) ([][]byte, []string) {
	var path [][]byte
	for len(rows) > 0 && !strings.Contains(rows[0], " ") {
		path, rows = append(path, hash(rows[0], "line_receipt")), rows[1:]
		must(len(path) <= pathMax, "line_receipt")
	}
	return path, rows
}

func readLineReceipt(blob string) lineReceipt {
	must(len(blob) <= lineFileMax, "receipt_size")
	first, rest, two := strings.Cut(blob, "\n\n")
	rows := strings.Split(first, "\n")
	must(two && len(rows) >= 3 && rows[0] == "bailee/v1/line-receipt", "line_receipt")
	var found lineReceipt
	found.number = mustNumber(after("number ", rows[1], "line_receipt"))
	found.leaf = mustBase64(after("line ", rows[2], "line_receipt"), "line_receipt")
	must(found.number > 0 && len(found.leaf) <= leafMax, "line_receipt")
	found.path, rows = hashes(rows[3:])
	if len(rows) > 0 {
		found.client = id("cl-", after("client ", rows[0], "line_receipt"), "line_receipt")
		rows = rows[1:]
		must(len(rows) > 0, "line_receipt")
	}
	for len(rows) > 0 {
		words := strings.Split(after("value ", rows[0], "line_receipt"), " ")
		must(len(words) == 3, "line_receipt")
		one := value{ordinal: mustNumber(words[0]), raw: mustBase64(words[2], "line_receipt")}
		nonces := mustBase64(words[1], "line_receipt")
		must(len(nonces) == 48 && len(one.raw) > 0 && len(one.raw) <= rawMax, "line_receipt")
		one.salt, one.r = nonces[:16], nonces[16:]
		one.path, rows = hashes(rows[1:])
		count := len(found.values)
		must(count < valuesMax, "line_values")
		must(count == 0 || found.values[count-1].ordinal < one.ordinal, "line_receipt")
		found.values = append(found.values, one)
	}
	found.entry = readReceipt(rest)
	return found
}

type block struct {
	lines, values         uint64
	linesRoot, valuesRoot []byte
}

type batch struct {
	id     []byte
	epoch  uint64
	blocks []block
}

func isEncoding(text string) bool {
	for at := 0; at < len(text); at++ {
		small, digit := text[at] >= 'a' && text[at] <= 'z', text[at] >= '0' && text[at] <= '9'
		if !small && !digit && text[at] != '-' {
			return false
		}
	}
	return len(text) >= 1 && len(text) <= 16
}

func readBatch(o opening) batch {
	must(o.kind == "log:batch", "batch_kind")
	must(!o.hasSubject, "batch_subject")
	field := func(name string) string {
		found, ok := o.field(name)
		must(ok, "batch")
		return found
	}
	must(field("transform") == "placeholders-1", "batch_transform")
	found := batch{id: id("bt-", field("batch"), "batch"), epoch: mustNumber(field("epoch"))}
	must(found.epoch <= monthLast && isEncoding(field("encoding")), "batch")
	count, lines := mustNumber(field("blocks")), mustNumber(field("lines"))
	must(count > 0, "batch")
	together := uint64(0)
	for at := uint64(0); at < count; at++ {
		front := fmt.Sprintf("b%d.", at)
		one := block{
			lines: mustNumber(field(front + "lines")), linesRoot: digest(field(front+"lines-root"), "batch"),
			values: mustNumber(field(front + "values")), valuesRoot: digest(field(front+"values-root"), "batch"),
		}
		must(one.lines > 0, "batch")
		must((one.values == 0) == bytes.Equal(one.valuesRoot, sum()), "batch")
		together += one.lines
		must(together <= lines, "batch") // both are below 2⁶³, so the sum cannot have wrapped
		found.blocks = append(found.blocks, one)
	}
	must(together == lines, "batch")
	return found
}

// readLeaf gives the ordinals, the parts of the text, and the kind of each ordinal.
func readLeaf(leaf []byte) ([]part, map[uint64]int) {
	must(len(leaf) >= 36, "line")
	count := uint64(binary.BigEndian.Uint32(leaf[32:]))
	must(uint64(len(leaf)) >= 36+4*count, "line")
	ordinals, text := leaf[36:36+4*count], leaf[36+4*count:]
	parts, plain, kinds := []part{}, []byte{}, map[uint64]int{}
	for len(text) > 0 {
		if text[0] != 0x1a {
			plain, text = append(plain, text[0]), text[1:]
			continue
		}
		must(len(text) > 1, "line")
		switch letter := text[1]; {
		case letter == 0x1a:
			plain, text = append(plain, 0x1a), text[2:]
		case letter == 'x':
			must(len(text) >= 4, "line")
			code, err := hex.DecodeString(string(text[2:4]))
			must(err == nil && hex.EncodeToString(code) == string(text[2:4]) && code[0] >= 0x80, "line")
			plain, text = append(plain, code[0]), text[4:]
		default:
			must(letter >= 0x41 && letter <= 0x77, "line")
			one := part{Kind: int(letter) - 0x40, Ordinal: -1}
			if one.Kind != 18 {
				must(len(ordinals) > 0, "line")
				ordinal := uint64(binary.BigEndian.Uint32(ordinals))
				ordinals = ordinals[4:]
				must(kinds[ordinal] == 0 || kinds[ordinal] == one.Kind, "line")
				kinds[ordinal], one.Ordinal = one.Kind, int(ordinal)
			}
			parts = append(parts, part{Raw: plain, Known: true, Ordinal: -1}, one)
			plain, text = []byte{}, text[2:]
		}
	}
	must(len(ordinals) == 0, "line")
	return append(parts, part{Raw: plain, Known: true, Ordinal: -1}), kinds
}

func (j *judgment) line(blob, keys []byte) {
	found := readLineReceipt(string(blob))  // 1
	changes := j.entry(found.entry, keys)   // 2 to 6
	batch := readBatch(found.entry.opening) // 7
	at, index := 0, found.number-1          // 8
	for at < len(batch.blocks) && index >= batch.blocks[at].lines {
		index -= batch.blocks[at].lines
		at++
	}
	must(at < len(batch.blocks), "line_number")
	block := batch.blocks[at]
	must(leads(leafHash(found.leaf), index, block.lines, found.path, block.linesRoot), "line_differs")
	parts, kinds := readLeaf(found.leaf)
	for _, one := range found.values { // 9
		kind := kinds[one.ordinal]
		must(kind > 0, "value_elsewhere")
		number := u64(uint64(kind))
		made := mac(one.r, enc("value", found.client, u64(batch.epoch), number, one.raw))
		bind := enc("bind", batch.id, u64(uint64(at)), u64(one.ordinal), number, made, one.salt)
		must(leads(leafHash(bind), one.ordinal, block.values, one.path, block.valuesRoot), "value_differs")
		for at := range parts {
			if parts[at].Ordinal == int(one.ordinal) {
				parts[at].Raw, parts[at].Known = one.raw, true
			}
		}
	}
	j.parts = parts
	j.earlier(found.entry.head, changes, nil) // 10
}
