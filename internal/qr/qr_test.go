package qr_test

import (
	"encoding/xml"
	"image"
	"image/color"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	zxing "github.com/makiuchi-d/gozxing/qrcode"

	"gremio/internal/qr"
)

const scale = 4 // pixels of a module

// read decodes a picture with another library than the one that drew it.
func read(t *testing.T, size int, dark func(x, y int) bool) string {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, size*scale, size*scale))
	for y := range size * scale {
		for x := range size * scale {
			if !dark(x/scale, y/scale) {
				img.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	result, err := zxing.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		t.Fatalf("the code cannot be read: %v", err)
	}
	return result.GetText()
}

var texts = []string{
	"https://gremio.example.cl/gps/gremio_c_E_j4Mn2xALyQK_GPw-o9zknAIJGwwirg?id=BBCL12&interval=20&distance=0&heartbeat=20&stop_detection=false&accuracy=high&buffer=true",
	"http://127.0.0.1:3000/gps/x", "A", "12345", strings.Repeat("long/", 200),
}

func TestSVG(t *testing.T) {
	for _, text := range texts {
		code, err := qr.Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		var svg struct {
			ViewBox string `xml:"viewBox,attr"`
			Paths   []struct {
				Fill string `xml:"fill,attr"`
				D    string `xml:"d,attr"`
			} `xml:"path"`
		}
		if err := xml.Unmarshal([]byte(code.SVG()), &svg); err != nil {
			t.Fatal(err)
		}
		size, dark := code.Size(), map[[2]int]bool{}
		if svg.ViewBox != "0 0 "+strconv.Itoa(size)+" "+strconv.Itoa(size) || len(svg.Paths) != 2 || svg.Paths[0].Fill != "#fff" {
			t.Fatalf("viewBox %q, %d paths", svg.ViewBox, len(svg.Paths))
		}
		for _, run := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-\d+z`).FindAllStringSubmatch(svg.Paths[1].D, -1) {
			x, _ := strconv.Atoi(run[1])
			y, _ := strconv.Atoi(run[2])
			n, _ := strconv.Atoi(run[3])
			for i := range n {
				dark[[2]int{x + i, y}] = true
			}
		}
		if got := read(t, size, func(x, y int) bool { return dark[[2]int{x, y}] }); got != text {
			t.Errorf("the SVG reads %q, want %q", got, text)
		}
		for i := range size {
			for margin := range 4 {
				if dark[[2]int{margin, i}] || dark[[2]int{i, margin}] || dark[[2]int{size - 1 - margin, i}] || dark[[2]int{i, size - 1 - margin}] {
					t.Fatalf("the quiet zone of %q is not quiet", text)
				}
			}
		}
	}
}

func TestBlocks(t *testing.T) {
	for _, text := range texts {
		code, err := qr.Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		dark := map[[2]int]bool{}
		lines := strings.Split(strings.TrimSuffix(code.Blocks(), "\n"), "\n")
		for row, line := range lines {
			line, begins := strings.CutPrefix(line, "\x1b[38;5;16;48;5;231m")
			line, ends := strings.CutSuffix(line, "\x1b[0m")
			if !begins || !ends {
				t.Fatal("a line leaves its colours to the terminal")
			}
			for x, r := range []rune(line) {
				dark[[2]int{x, 2 * row}] = r == '█' || r == '▀'
				dark[[2]int{x, 2*row + 1}] = r == '█' || r == '▄'
			}
		}
		if got := read(t, code.Size(), func(x, y int) bool { return dark[[2]int{x, y}] }); got != text {
			t.Errorf("the terminal reads %q, want %q", got, text)
		}
	}
	if _, err := qr.Encode(strings.Repeat("x", 5000)); err == nil {
		t.Error("5000 bytes fit into a QR code")
	}
}
