// The steps that judgments share: verification.md.

package main

import (
	"bytes"
)

type judgment struct {
	key   *vkey
	since *checkpoint
	open  string
	parts []part
}

// leave notes that something was not judged; it ends nothing.
func (j *judgment) leave(why string) {
	if j.open == "" {
		j.open = why
	}
}

func (j *judgment) signer(head checkpoint, changes []change) {
	if j.key == nil {
		j.leave("signer_unchecked")
		return
	}
	key, ok := inOffice(*j.key, head.size, changes)
	if !ok {
		j.leave("signer_before_key")
		return
	}
	head.signed(key)
}

const changeKind = "log:key-change"

func (j *judgment) bound(changes []change, opened map[uint64]opening, whole bool, size uint64) {
	stated := map[uint64]change{}
	for _, one := range changes {
		must(!whole || one.index < size, "chain_beyond")
		stated[one.index] = one
	}
	for index, entry := range opened {
		one, there := stated[index]
		if !there && entry.kind != changeKind {
			continue
		}
		if !there && !whole {
			j.leave("key_change_unstated")
			continue
		}
		said, ok := entry.field("statement")
		must(there && entry.kind == changeKind && ok && said == one.digest, "key_change_differs")
	}
}

// earlier compares with a checkpoint that was kept; rootAt gives the root at a smaller size, where
// the judged thing shows it.
func (j *judgment) earlier(head checkpoint, changes []change, rootAt func(uint64) []byte) {
	if j.since == nil {
		return
	}
	since := *j.since
	if since.origin != head.origin {
		j.leave("since_other_log")
		return
	}
	if j.key != nil && !vouched(since, *j.key, changes) {
		j.leave("since_unsigned")
		return
	}
	switch {
	case since.size == head.size:
		must(bytes.Equal(since.root, head.root), "since_split")
	case rootAt == nil && since.size < head.size:
		j.leave("since_unproven")
	case rootAt == nil:
		j.leave("since_later")
	case since.size > head.size:
		must(false, "since_rolled_back")
	default:
		must(bytes.Equal(since.root, rootAt(since.size)), "since_split")
	}
}

func vouched(since checkpoint, key vkey, changes []change) (held bool) {
	defer func() {
		if found := recover(); found != nil {
			held = false
		}
	}()
	signer, ok := inOffice(key, since.size, changes)
	if ok {
		since.signed(signer)
	}
	return ok
}
