package main

type salesCmd struct {
	Import salesImportCmd `cmd:"" help:"Send a till's sales, CSV or .xlsx, to a running gremio; --dry-run shows what is wrong with them."`
	Export salesExportCmd `cmd:"" help:"Write sales to a file as they come from a running gremio: CSV, JSON or NDJSON."`
}
