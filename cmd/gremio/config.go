package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/mattn/go-isatty"

	"gremio"
	"gremio/internal/erase"
	"gremio/internal/kafka"
	"gremio/internal/kafka/embedded"
)

// parts are the flags that say where everything is. Roles share them.
type parts struct {
	Data string `help:"Folder of all that gremio writes: log, database, keys, reports." default:"gremio-data" type:"path" placeholder:"DIR"`

	Kafka         []string `help:"Kafka brokers, host:port,...; the embedded broker of --data when absent." placeholder:"HOST:PORT"`
	KafkaTLS      bool     `name:"kafka-tls" help:"Speak TLS to Kafka."`
	KafkaCA       string   `name:"kafka-ca" help:"Check Kafka's certificates against this PEM file. Implies TLS." type:"path" placeholder:"FILE"`
	KafkaSASL     string   `name:"kafka-sasl" help:"plain, scram-sha-256 or scram-sha-512." placeholder:"MECHANISM"`
	KafkaUser     string   `help:"User for SASL."`
	KafkaPassword string   `help:"Password for SASL; better in GREMIO_KAFKA_PASSWORD."`

	Partitions         int  `help:"Partitions of topics that are made; 12 on Kafka and 4 embedded when 0." default:"0"`
	AcceptWeakerTopics bool `help:"Work with existing topics that keep less than gremio promises."`

	Database      string `help:"user:password@tcp(host:3306)/gremio for MariaDB, or sqlite:FILE; SQLite in --data when absent." placeholder:"DSN"`
	DatabaseCA    string `name:"database-ca" help:"Speak TLS to MariaDB and check its certificate against this PEM file." type:"path" placeholder:"FILE"`
	MasterKeyFile string `help:"Holds the key that wraps personal data's keys, 64 hex digits; made in --data when absent." type:"path" placeholder:"FILE"`
	Erasures      string `help:"List of erased persons, which no backup holds: keep it on another disk; erasures.txt in --data when absent." type:"path" placeholder:"FILE"`

	LogFormat string `help:"text, json, or auto: text at a terminal." enum:"auto,text,json" default:"auto"`
	LogLevel  string `help:"debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
}

func (p parts) logger(errors io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(p.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	file, isFile := errors.(*os.File)
	if p.LogFormat == "text" || p.LogFormat == "auto" && isFile && isatty.IsTerminal(file.Fd()) {
		return slog.New(slog.NewTextHandler(errors, options))
	}
	return slog.New(slog.NewJSONHandler(errors, options))
}

func (p parts) brokerDir() string { return filepath.Join(p.Data, "broker") }

// isEmbedded reports whether the log is the embedded broker's.
func (p parts) isEmbedded() bool { return len(p.Kafka) == 0 }

func (p parts) partitions() int {
	switch {
	case p.Partitions > 0:
		return p.Partitions
	case p.isEmbedded():
		return 4
	}
	return 12
}

// kafkaConfig says how to reach the brokers; the embedded one tells where it listens.
func (p parts) kafkaConfig() (kafka.Config, error) {
	cfg := kafka.Config{Seeds: p.Kafka, TLS: p.KafkaTLS, CAFile: p.KafkaCA, SASL: p.KafkaSASL, User: p.KafkaUser, Password: p.KafkaPassword}
	if !p.isEmbedded() {
		return cfg, nil
	}
	addr, err := embedded.Address(p.brokerDir())
	if err != nil {
		return cfg, gremio.Wrap(gremio.Unavailable, err, "no --kafka is given, and %s has no running embedded broker (gremio broker or gremio up starts one)", p.Data)
	}
	cfg.Seeds = []string{addr}
	return cfg, nil
}

func (p parts) dsn() string {
	if p.Database != "" {
		return p.Database
	}
	return "sqlite:" + filepath.Join(p.Data, "gremio.db")
}

// mustExist refuses a folder in which no gremio has worked: a mistyped --data
// would otherwise become an empty guild. MariaDB says so by itself.
func (p parts) mustExist() error {
	file, ok := strings.CutPrefix(p.dsn(), "sqlite:")
	if !ok || exists(file) {
		return nil
	}
	return gremio.Errorf(gremio.NotFound, "there is no guild in %s: is --data (or --database) right? gremio up or gremio migrate makes one", file)
}

func (p parts) masterKeyFile() string {
	if p.MasterKeyFile != "" {
		return p.MasterKeyFile
	}
	return filepath.Join(p.Data, "master.key")
}

// erasures is the list of persons who were erased.
func (p parts) erasures() erase.List {
	if p.Erasures != "" {
		return erase.List{File: p.Erasures}
	}
	return erase.List{File: filepath.Join(p.Data, "erasures.txt")}
}

// masterKey reads the master key, and makes it when mayMake is set and there is none.
func (p parts) masterKey(mayMake bool) (gremio.Key, error) {
	file := p.masterKeyFile()
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) && mayMake {
		if err := writeNewKey(file); err != nil {
			return nil, err
		}
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, gremio.Wrap(gremio.Invalid, err, "read the master key (gremio migrate makes one)")
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != gremio.KeySize {
		return nil, gremio.Errorf(gremio.Invalid, "master key %s: want %d hex digits", file, 2*gremio.KeySize)
	}
	return key, nil
}

// ownsParts reports whether this process's log and database are its data
// folder's alone, so that a key made there is theirs too.
func (p parts) ownsParts() bool {
	return p.MasterKeyFile == "" && p.Database == "" && p.isEmbedded()
}

// writeNewKey makes a key file that appears whole; of two that make one at
// once the first wins.
func writeNewKey(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return gremio.Wrap(gremio.Unavailable, err, "make the master key's folder")
	}
	temp, err := os.CreateTemp(filepath.Dir(file), ".key-*")
	if err != nil {
		return gremio.Wrap(gremio.Unavailable, err, "make the master key")
	}
	defer os.Remove(temp.Name())
	if _, err = fmt.Fprintln(temp, hex.EncodeToString(gremio.NewKey())); err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return gremio.Wrap(gremio.Unavailable, err, "write the master key")
	}
	if err := os.Link(temp.Name(), file); err != nil && !errors.Is(err, os.ErrExist) {
		return gremio.Wrap(gremio.Unavailable, err, "write the master key")
	}
	return nil
}
