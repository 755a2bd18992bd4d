package hiring

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// TextOfList reads an uploaded list of people as text: UTF-8, UTF-16 with its byte order mark, or what older
// spreadsheets write on Windows. A spreadsheet's own format is an *InvalidError on the field "file".
func TextOfList(file []byte) (string, error) {
	switch {
	case bytes.HasPrefix(file, []byte("PK\x03\x04")), bytes.HasPrefix(file, []byte("\xd0\xcf\x11\xe0")):
		return "", Invalid("file", "This is a spreadsheet. Save it as CSV in your spreadsheet program, and choose that file.")
	case bytes.HasPrefix(file, []byte("%PDF")):
		return "", Invalid("file", "This is a PDF. Choose a CSV or text file.")
	case bytes.HasPrefix(file, []byte("\xff\xfe")):
		return fromUTF16(file[2:], binary.LittleEndian), nil
	case bytes.HasPrefix(file, []byte("\xfe\xff")):
		return fromUTF16(file[2:], binary.BigEndian), nil
	case bytes.IndexByte(file, 0) >= 0:
		return "", Invalid("file", "This file isn't text. Choose a CSV or text file.")
	case utf8.Valid(file):
		return strings.TrimPrefix(string(file), "\ufeff"), nil
	}
	return fromWindows1252(file), nil
}

func fromUTF16(b []byte, order binary.ByteOrder) string {
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		if u := order.Uint16(b); u != 0 {
			units = append(units, u)
		}
	}
	return string(utf16.Decode(units))
}

// windows1252 are the characters 0x80 to 0x9f of that code page; the rest is Latin-1. Source: WHATWG Encoding, index
// windows-1252.
var windows1252 = []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")

func fromWindows1252(b []byte) string {
	var out strings.Builder
	for _, c := range b {
		if c >= 0x80 && c <= 0x9f {
			out.WriteRune(windows1252[c-0x80])
		} else {
			out.WriteRune(rune(c))
		}
	}
	return out.String()
}
