// Command verdict is a second judge of exports, of receipts of entries and of receipts of lines,
// written from spec/verification.md and the pages that it names, with Go's standard library alone.
//
//	verdict PATH [--key VKEY] [--keys FILE] [--since CHECKPOINT]     the exit code is the verdict
//	verdict -                                                       questions and answers as JSON
//
// It shares no code and no library with the judge that ships; where the two differ on any bytes,
// a page is wrong, or one of them is.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// The exit codes, and the bounds of the page.
const (
	verified  = 0
	malformed = 2
	fails     = 10
	unjudged  = 14

	noteMax     = 65536
	linesMax    = 16
	keysMax     = 1048576
	openingMax  = 1048576
	mapMax      = 65536
	receiptMax  = 393216
	lineFileMax = 16777216
	leafMax     = 8388608
	rawMax      = 1048576
	valuesMax   = 256
	pathMax     = 64
	timeEnd     = uint64(1) << 63
	monthLast   = 999912
)

// end stops a judgment with an exit code and the reason.
type end struct {
	code int
	why  string
}

func must(held bool, why string) {
	if !held {
		panic(end{fails, why})
	}
}

func misused(held bool, why string) {
	if !held {
		panic(end{malformed, why})
	}
}

type question struct {
	Path  string  `json:"path"`
	Key   *string `json:"key"`
	Keys  *string `json:"keys"`
	Since *string `json:"since"`
}

type answer struct {
	Exit  int    `json:"exit"`
	Why   string `json:"why"`
	Parts []part `json:"parts"`
}

func ask(q question) (told answer) {
	j := &judgment{}
	defer func() {
		if found := recover(); found != nil {
			stopped, ours := found.(end)
			if !ours {
				panic(found)
			}
			told = answer{Exit: stopped.code, Why: stopped.why}
		}
	}()
	stat, err := os.Stat(q.Path)
	misused(err == nil, "path_absent")
	if q.Key != nil {
		key, ok := parseKey(*q.Key)
		misused(ok, "vkey_given")
		j.key = &key
	}
	if q.Since != nil {
		j.since = kept(*q.Since)
	}
	var keys []byte
	if q.Keys != nil {
		misused(!stat.IsDir(), "keys_export")
		keys, err = plain(*q.Keys, keysMax)
		misused(err == nil, "keys_given")
	}
	if stat.IsDir() {
		j.export(q.Path)
	} else {
		j.file(q.Path, keys)
	}
	if j.open != "" {
		return answer{Exit: unjudged, Why: j.open, Parts: j.parts}
	}
	return answer{Exit: verified, Parts: j.parts}
}

func kept(path string) *checkpoint {
	defer func() {
		if found := recover(); found != nil {
			panic(end{malformed, "since_given"})
		}
	}()
	blob, err := plain(path, noteMax)
	must(err == nil, "since_given")
	found := readCheckpoint(blob)
	return &found
}

func (j *judgment) file(path string, keys []byte) {
	blob, err := plain(path, lineFileMax)
	if err != nil {
		panic(end{unjudged, "unreadable"})
	}
	switch {
	case bytes.HasPrefix(blob, []byte("bailee/v1/line-receipt")):
		j.line(blob, keys)
	case bytes.HasPrefix(blob, []byte("c2sp.org/tlog-proof@v1")):
		j.receipt(blob, keys)
	default:
		panic(end{unjudged, "nothing_to_judge"})
	}
}

// fromArguments reads the question of a command line.
func fromArguments(words []string) (question, bool) {
	var found question
	options := map[string]**string{"--key": &found.Key, "--keys": &found.Keys, "--since": &found.Since}
	paths := 0
	for at := 0; at < len(words); at++ {
		if option, ok := options[words[at]]; ok {
			if at++; at == len(words) {
				return found, false
			}
			*option = &words[at]
		} else if strings.HasPrefix(words[at], "-") {
			return found, false
		} else {
			found.Path, paths = words[at], paths+1
		}
	}
	return found, paths == 1
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "-" {
		questions, answers := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
		for {
			var q question
			if err := questions.Decode(&q); err == io.EOF {
				return
			} else if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			if err := answers.Encode(ask(q)); err != nil {
				os.Exit(1)
			}
		}
	}
	q, ok := fromArguments(os.Args[1:])
	if !ok {
		os.Exit(malformed)
	}
	told := ask(q)
	fmt.Println(told.Exit, told.Why)
	os.Exit(told.Exit)
}
