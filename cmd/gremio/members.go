package main

type membersCmd struct {
	List   membersListCmd   `cmd:"" default:"withargs" help:"Print who joined in a month and who waits."`
	Show   membersShowCmd   `cmd:"" help:"Print one member, by id or plate."`
	Import membersImportCmd `cmd:"" help:"Send a list of people, CSV or .xlsx, to a running gremio; --dry-run shows what is wrong with it."`
	Export membersExportCmd `cmd:"" help:"Write all that the guild holds about one person to a file, .json or .zip."`
	Erase  membersEraseCmd  `cmd:"" help:"Forget one person for ever, in every copy of the log."`
}
