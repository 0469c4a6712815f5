// A receipt of an entry: verification.md.

package main

import (
	"strings"
)

type receipt struct {
	opening opening
	index   uint64
	path    [][]byte
	head    checkpoint
}

func after(word, line, why string) string {
	must(strings.HasPrefix(line, word), why)
	return line[len(word):]
}

func hash(line, why string) []byte {
	found := mustBase64(line, why)
	must(len(found) == 32, why)
	return found
}

func readReceipt(blob string) receipt {
	must(len(blob) <= receiptMax, "receipt_size")
	first, rest, two := strings.Cut(blob, "\n\n")
	rows := strings.Split(first, "\n")
	must(two && len(rows) >= 3 && len(rows) <= 3+pathMax, "receipt")
	must(rows[0] == "c2sp.org/tlog-proof@v1", "receipt")
	found := receipt{opening: opened(mustBase64(after("extra ", rows[1], "receipt"), "receipt"))}
	found.index = mustNumber(after("index ", rows[2], "receipt"))
	for _, row := range rows[3:] {
		found.path = append(found.path, hash(row, "receipt"))
	}
	found.head = readCheckpoint([]byte(rest))
	return found
}

// entry takes steps 2 to 6, which both kinds of receipt share.
func (j *judgment) entry(found receipt, keys []byte) []change {
	head := found.head
	changes := readChanges(keys, head.origin)
	j.signer(head, changes)
	must(found.opening.subjectHolds(head.origin), "subject_differs")
	leaf := leafHash(found.opening.leaf(head.origin))
	must(leads(leaf, found.index, head.size, found.path, head.root), "path_differs")
	j.bound(changes, map[uint64]opening{found.index: found.opening}, false, 0)
	return changes
}

func (j *judgment) receipt(blob, keys []byte) {
	found := readReceipt(string(blob))
	changes := j.entry(found, keys)
	j.earlier(found.head, changes, nil)
}
