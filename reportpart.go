package gremio

import "encoding/json"

// A report of thousands of vendors is more than one record of the log may hold, so
// it comes in parts. Two who close a day at once both send theirs: each attempt has
// a name of its own, and the first whose parts are all there is the day's report.

// A ReportPart is one part of a day's report: some of the vendors, and in the
// first part all else.
type ReportPart struct {
	Report  DailyReport `json:"report"`
	Attempt string      `json:"attempt"`
	Part    int         `json:"part"`  // from 0
	Parts   int         `json:"parts"` // how many there are
}

func (p ReportPart) validate() []FieldError {
	c := check{fields: validReport(p.Report)}
	c.id("attempt", p.Attempt)
	if p.Parts < 1 || p.Part < 0 || p.Part >= p.Parts {
		c.add("part", "must be 0 to parts - 1")
	}
	return c.fields
}

// DayClosedV2 is a part of a day's first report.
type DayClosedV2 struct{ ReportPart }

// EventType implements Data.
func (DayClosedV2) EventType() Type { return TypeDayClosedV2 }

// Validate implements Data.
func (d DayClosedV2) Validate() []FieldError { return d.validate() }

// DayRevisedV2 is a part of a later report of a closed day.
type DayRevisedV2 struct {
	ReportPart
	Reason string `json:"reason"`
}

// EventType implements Data.
func (DayRevisedV2) EventType() Type { return TypeDayRevisedV2 }

// Validate implements Data.
func (d DayRevisedV2) Validate() []FieldError { return d.validate() }

// partBytes is how much of vendors goes into one part: with the digest and what
// stands around them well below a record's limit.
const partBytes = 300_000

// Parts splits a report.
func (r DailyReport) Parts(attempt string) ([]ReportPart, error) {
	first := r
	first.Vendors = nil
	parts, size := []ReportPart{{Report: first, Attempt: attempt}}, 0
	for _, v := range r.Vendors {
		text, err := json.Marshal(v)
		if err != nil {
			return nil, Wrap(Internal, err, "encode the report of %s", r.Day)
		}
		if size += len(text); size > partBytes {
			parts, size = append(parts, ReportPart{Report: DailyReport{Day: r.Day, Revision: r.Revision}, Attempt: attempt}), len(text)
		}
		last := &parts[len(parts)-1].Report
		last.Vendors = append(last.Vendors, v)
	}
	for i := range parts {
		parts[i].Part, parts[i].Parts = i, len(parts)
		if parts[i].Report.Vendors == nil {
			parts[i].Report.Vendors = []VendorDay{}
		}
	}
	return parts, nil
}

// JoinParts puts the parts of one attempt together, which are all there, in their order.
func JoinParts(parts []ReportPart) DailyReport {
	r := parts[0].Report
	for _, p := range parts[1:] {
		r.Vendors = append(r.Vendors, p.Report.Vendors...)
	}
	return r
}
