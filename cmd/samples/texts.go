package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode"
)

// eras are of forty years or so; each gets as many passages.
var eras = []struct {
	until int
	name  string
}{{1829, "1790-1829 founding"}, {1869, "1830-1869 expansion"}, {1909, "1870-1909 industry"}, {1949, "1910-1949 two wars"}, {2100, "1950-2021 modern"}}

const perEra = 800

// A passage is two sentences in a row.
type passage struct {
	text, president string
	year, era       int
}

// texts is a table of passages from the State of the Union addresses in data.
func texts(data fs.FS) ([]entry, error) {
	names, err := fs.Glob(data, "*.json")
	if err != nil {
		return nil, err
	}
	all := make([][]passage, len(eras))
	seen := map[string]bool{}
	for _, name := range names {
		raw, err := fs.ReadFile(data, name)
		if err != nil {
			return nil, err
		}
		var address struct {
			Year       int
			Name, Text string
		}
		if err := json.Unmarshal(raw, &address); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		era := 0
		for address.Year > eras[era].until {
			era++
		}
		said := sentences(address.Text)
		for i := 0; i+1 < len(said); i += 2 {
			text := said[i] + " " + said[i+1]
			if len(text) >= 60 && len(text) <= 500 && !seen[text] {
				seen[text] = true
				all[era] = append(all[era], passage{text, address.Name, address.Year, era})
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	var chosen []passage
	for era, of := range all {
		if len(of) < perEra {
			return nil, fmt.Errorf("only %d passages from %s", len(of), eras[era].name)
		}
		for i := range perEra { // evenly over all addresses
			chosen = append(chosen, of[i*len(of)/perEra])
		}
	}
	r.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })

	var table bytes.Buffer
	w := csv.NewWriter(&table)
	w.Write([]string{"text", "label", "year", "president"})
	for _, p := range chosen {
		w.Write([]string{p.text, eras[p.era].name, strconv.Itoa(p.year), p.president})
	}
	w.Flush()
	return []entry{{"state-of-the-union.csv", table.Bytes()}}, w.Error()
}

// abbreviations end in a full stop that ends no sentence.
var abbreviations = map[string]bool{"mr": true, "mrs": true, "dr": true, "st": true, "no": true, "vs": true, "gen": true, "col": true, "capt": true,
	"hon": true, "messrs": true, "u.s": true, "vol": true, "pp": true, "art": true, "sec": true, "jan": true, "feb": true, "aug": true,
	"sept": true, "oct": true, "nov": true, "dec": true, "jr": true, "sr": true, "rev": true, "lieut": true, "maj": true, "etc": true}

// sentences parts a speech at full stops, question and exclamation marks that a capital follows.
func sentences(speech string) (all []string) {
	words := strings.Fields(strings.ReplaceAll(speech, "(Applause)", " "))
	var now []string
	for i, w := range words {
		now = append(now, w)
		bare := strings.TrimRight(w, `"')”’`)
		if !strings.HasSuffix(bare, ".") && !strings.HasSuffix(bare, "!") && !strings.HasSuffix(bare, "?") {
			continue
		}
		stem := strings.ToLower(strings.Trim(bare, `."'(“‘!?`))
		if strings.HasSuffix(bare, ".") && (abbreviations[stem] || len([]rune(stem)) == 1 && !unicode.IsDigit([]rune(stem)[0])) {
			continue
		}
		if i+1 < len(words) {
			if next := []rune(strings.TrimLeft(words[i+1], `"'(“‘`)); len(next) == 0 || !unicode.IsUpper(next[0]) && !unicode.IsDigit(next[0]) {
				continue
			}
		}
		all = append(all, strings.Join(now, " "))
		now = nil
	}
	return all
}
