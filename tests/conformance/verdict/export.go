// An export: verification.md, "An export".

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// plain reads a plain file of at most so many bytes, and one more where it is longer.
func plain(path string, limit int) ([]byte, error) {
	found, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !found.Mode().IsRegular() {
		return nil, os.ErrNotExist
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, int64(limit)+1))
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// readable gives a file of the export that may be absent.
func readable(path string, limit int) []byte {
	if !there(path) {
		return nil
	}
	blob, err := plain(path, limit)
	if err != nil {
		panic(end{unjudged, "unreadable"})
	}
	return blob
}

func tilePath(folder, level string, index, width uint64) string {
	name := fmt.Sprintf("%03d", index%1000)
	for index /= 1000; index > 0; index /= 1000 {
		name = fmt.Sprintf("x%03d/%s", index%1000, name)
	}
	if width < 256 {
		name += fmt.Sprintf(".p/%d", width)
	}
	return filepath.Join(folder, "tile", level, name)
}

func readTile(path string, limit int) []byte {
	blob, err := plain(path, limit)
	must(err == nil, "tile_missing")
	return blob
}

func width(count, index uint64) uint64 {
	if left := count - 256*index; left < 256 {
		return left
	}
	return 256
}

// entries reads all leaves from their bundles.
func entries(folder string, size uint64) [][]byte {
	var found [][]byte
	for index := uint64(0); 256*index < size; index++ {
		wide := width(size, index)
		blob := readTile(tilePath(folder, "entries", index, wide), 256*(2+65535))
		must(uint64(len(blob)) == 34*wide, "tile_length")
		for ; len(blob) > 0; blob = blob[34:] {
			must(blob[0] == 0 && blob[1] == 32, "tile_length")
			found = append(found, blob[2:34])
		}
	}
	return found
}

// tiles compares every tile that a tree over these hashes has.
func tiles(folder string, hashes [][]byte) {
	for level := 0; len(hashes) > 0; level++ {
		var above [][]byte
		for index := 0; 256*index < len(hashes); index++ {
			wide := width(uint64(len(hashes)), uint64(index))
			row := hashes[256*index : 256*index+int(wide)]
			path := tilePath(folder, fmt.Sprint(level), uint64(index), wide)
			must(bytes.Equal(readTile(path, 256*32), bytes.Join(row, nil)), "tile_differs")
			if wide == 256 {
				above = append(above, mth(row))
			}
		}
		hashes = above
	}
}

func (j *judgment) export(folder string) {
	if !there(filepath.Join(folder, "checkpoint")) {
		panic(end{unjudged, "nothing_to_judge"})
	}
	blob := readable(filepath.Join(folder, "checkpoint"), noteMax)
	keys := readable(filepath.Join(folder, "keys"), keysMax)
	head := readCheckpoint(blob)              // 1
	changes := readChanges(keys, head.origin) // 2
	j.signer(head, changes)                   // 3
	leaves := entries(folder, head.size)      // 4
	hashes := make([][]byte, 0, len(leaves))
	for _, leaf := range leaves {
		hashes = append(hashes, leafHash(leaf))
	}
	tiles(folder, hashes)
	must(bytes.Equal(mth(hashes), head.root), "root_differs")
	opened := j.openings(filepath.Join(folder, "openings.jsonl"), head, leaves)      // 5
	j.bound(changes, opened, true, head.size)                                        // 6
	j.earlier(head, changes, func(size uint64) []byte { return mth(hashes[:size]) }) // 7
}

func (j *judgment) openings(path string, head checkpoint, leaves [][]byte) map[uint64]opening {
	found := map[uint64]opening{}
	if !there(path) {
		return found
	}
	if stat, err := os.Stat(path); err != nil || !stat.Mode().IsRegular() {
		panic(end{unjudged, "unreadable"})
	}
	blob, err := os.ReadFile(path)
	if err != nil {
		panic(end{unjudged, "unreadable"})
	}
	next := uint64(0)
	for len(blob) > 0 {
		stop := bytes.IndexByte(blob, '\n') + 1
		if stop == 0 {
			stop = len(blob)
		}
		index, entry := readRow(blob[:stop])
		blob = blob[stop:]
		must(index >= next && index < head.size, "opening_order")
		must(bytes.Equal(entry.leaf(head.origin), leaves[index]), "opening_differs")
		must(entry.subjectHolds(head.origin), "subject_differs")
		found[index], next = entry, index+1
	}
	return found
}
