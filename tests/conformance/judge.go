// Command judge lets golang.org/x/mod/sumdb, which we did not write, judge logs that we did.
//
// It reads one JSON array of cases from standard input and answers with one array: the signed
// checkpoint is opened by sumdb/note; every hash is read from our tiles through sumdb/tlog, which
// proves each tile against the signed root; our proofs are checked and its own are handed back.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type record struct {
	Index int64    `json:"index"`
	Proof []string `json:"proof"`
}

type past struct {
	Size  int64    `json:"size"`
	Root  string   `json:"root"`
	Proof []string `json:"proof"`
}

type ask struct {
	Folder  string   `json:"folder"`
	VKey    string   `json:"vkey"`
	Records []record `json:"records"`
	Pasts   []past   `json:"pasts"`
}

type answer struct {
	Error   string   `json:"error"`
	Origin  string   `json:"origin"`
	Size    int64    `json:"size"`
	Root    string   `json:"root"`
	Records []record `json:"records"`
	Pasts   []past   `json:"pasts"`
}

// folder reads tiles by the paths of C2SP tlog-tiles; those of sumdb name the height too.
type folder string

func (f folder) Height() int { return 8 }

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

// entry reads one entry from its bundle.
func (f folder) entry(size, index int64) ([]byte, error) {
	tile := tlog.Tile{H: 8, L: 0, N: index / 256, W: 256}
	if left := size - tile.N*256; left < 256 {
		tile.W = int(left)
	}
	path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
	data, err := os.ReadFile(filepath.Join(string(f), path))
	if err != nil {
		return nil, err
	}
	for skip := index % 256; ; skip-- {
		length := int(binary.BigEndian.Uint16(data))
		if skip == 0 {
			return data[2 : 2+length], nil
		}
		data = data[2+length:]
	}
}

func parse(lines []string) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		out = append(out, hash)
	}
	return out, nil
}

func format(hashes []tlog.Hash) []string {
	out := []string{}
	for _, hash := range hashes {
		out = append(out, hash.String())
	}
	return out
}

func open(asked ask, told *answer) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(asked.VKey)
	if err != nil {
		return tlog.Tree{}, err
	}
	signed, err := os.ReadFile(filepath.Join(asked.Folder, "checkpoint"))
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil {
		return tlog.Tree{}, err
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	told.Origin, told.Size, told.Root = lines[0], size, tree.Hash.String()
	return tree, nil
}

func judgeRecord(asked ask, tree tlog.Tree, ours record, told *answer) error {
	reader := tlog.TileHashReader(tree, folder(asked.Folder))
	entry, err := folder(asked.Folder).entry(tree.N, ours.Index)
	if err != nil {
		return err
	}
	proof, err := parse(ours.Proof)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, ours.Index, tlog.RecordHash(entry)); err != nil {
		return fmt.Errorf("our proof of entry %d: %w", ours.Index, err)
	}
	theirs, err := tlog.ProveRecord(tree.N, ours.Index, reader)
	if err != nil {
		return fmt.Errorf("its proof of entry %d: %w", ours.Index, err)
	}
	// Debian's sumdb leaves the first tiles beside the edge unproven when the edge needs several
	// hashes of one tile (it counts hashes where it means tiles): so its own proof is checked too.
	if err := tlog.CheckRecord(theirs, tree.N, tree.Hash, ours.Index, tlog.RecordHash(entry)); err != nil {
		return fmt.Errorf("the tiles around entry %d: %w", ours.Index, err)
	}
	told.Records = append(told.Records, record{Index: ours.Index, Proof: format(theirs)})
	return nil
}

func judgePast(asked ask, tree tlog.Tree, ours past, told *answer) error {
	reader := tlog.TileHashReader(tree, folder(asked.Folder))
	proof, err := parse(ours.Proof)
	if err != nil {
		return err
	}
	root, err := tlog.ParseHash(ours.Root)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, ours.Size, root); err != nil {
		return fmt.Errorf("our proof since %d: %w", ours.Size, err)
	}
	found, err := tlog.TreeHash(ours.Size, reader)
	if err != nil {
		return err
	}
	theirs, err := tlog.ProveTree(tree.N, ours.Size, reader)
	if err != nil {
		return fmt.Errorf("its proof since %d: %w", ours.Size, err)
	}
	if err := tlog.CheckTree(theirs, tree.N, tree.Hash, ours.Size, found); err != nil {
		return fmt.Errorf("the tiles since %d: %w", ours.Size, err)
	}
	told.Pasts = append(told.Pasts, past{Size: ours.Size, Root: found.String(), Proof: format(theirs)})
	return nil
}

func judge(asked ask, told *answer) error {
	tree, err := open(asked, told)
	if err != nil {
		return err
	}
	root, err := tlog.TreeHash(tree.N, tlog.TileHashReader(tree, folder(asked.Folder)))
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return fmt.Errorf("the tiles hash to another root")
	}
	for _, ours := range asked.Records {
		if err := judgeRecord(asked, tree, ours, told); err != nil {
			return err
		}
	}
	for _, ours := range asked.Pasts {
		if err := judgePast(asked, tree, ours, told); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	var asked []ask
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	answers := make([]answer, len(asked))
	for at := range asked {
		if err := judge(asked[at], &answers[at]); err != nil {
			answers[at].Error = err.Error()
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		os.Exit(1)
	}
}
