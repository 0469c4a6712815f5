// Changes of key: ledger.md, "Change of key".

package main

import (
	"encoding/hex"
	"strings"
)

type change struct {
	index    uint64
	old, new vkey
	digest   string
}

func readChanges(blob []byte, origin string) []change {
	must(len(blob) <= keysMax, "chain")
	if len(blob) == 0 {
		return nil
	}
	must(blob[len(blob)-1] == '\n', "chain")
	rows := strings.Split(string(blob[:len(blob)-1]), "\n")
	must(len(rows)%8 == 0, "chain")
	var found []change
	for ; len(rows) > 0; rows = rows[8:] {
		found = append(found, readChange(strings.Join(rows[:8], "\n")+"\n", origin))
	}
	seen := map[string]bool{found[0].old.public: true}
	for at, one := range found {
		must(at == 0 || found[at-1].new == one.old && found[at-1].index < one.index, "chain_broken")
		must(!seen[one.new.public], "chain_reused")
		seen[one.new.public] = true
	}
	return found
}

func readChange(blob, origin string) change {
	stated := readNote([]byte(blob))
	rows := strings.Split(strings.TrimSuffix(stated.text, "\n"), "\n")
	must(len(rows) == 5 && rows[0] == "bailee/v1/key-change" && rows[1] == origin, "chain")
	found := change{index: mustNumber(rows[2]), digest: hex.EncodeToString(sum([]byte(stated.text)))}
	var ok [2]bool
	found.old, ok[0] = parseKey(rows[3])
	found.new, ok[1] = parseKey(rows[4])
	must(ok[0] && ok[1], "vkey")
	must(found.old.name == origin && found.new.name == origin, "chain")
	must(found.old.public != found.new.public && len(stated.lines) == 2, "chain")
	for at, key := range []vkey{found.old, found.new} {
		line := stated.lines[at]
		must(line.name == key.name && line.id == key.id(1) && key.plain(stated.text, line), "chain_unsigned")
	}
	return found
}

// inOffice follows the chain from a key to the one of a size.
func inOffice(key vkey, size uint64, changes []change) (vkey, bool) {
	for _, one := range changes {
		if one.new == key && one.index >= size {
			return key, false
		}
	}
	for _, one := range changes {
		if one.old == key && one.index < size {
			key = one.new
		}
	}
	return key, true
}
