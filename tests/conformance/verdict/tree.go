// Trees of RFC 6962 and paths of RFC 9162.

package main

import (
	"bytes"
)

func leafHash(entry []byte) []byte { return sum([]byte{0}, entry) }

// mth is MTH of RFC 6962 over leaf hashes.
func mth(hashes [][]byte) []byte {
	switch len(hashes) {
	case 0:
		return sum()
	case 1:
		return hashes[0]
	}
	split := 1
	for split*2 < len(hashes) {
		split *= 2
	}
	return sum([]byte{1}, mth(hashes[:split]), mth(hashes[split:]))
}

// leads follows a path of RFC 9162, 2.1.3.2.
func leads(hash []byte, index, size uint64, path [][]byte, root []byte) bool {
	if index >= size {
		return false
	}
	last := size - 1
	for _, step := range path {
		if last == 0 {
			return false
		}
		if index&1 == 1 || index == last {
			hash = sum([]byte{1}, step, hash)
			for index&1 == 0 && index > 0 {
				index, last = index>>1, last>>1
			}
		} else {
			hash = sum([]byte{1}, hash, step)
		}
		index, last = index>>1, last>>1
	}
	return last == 0 && bytes.Equal(hash, root)
}
