package gremio

import (
	"regexp"
	"time"
)

// PermitWarned is the decision to tell the desk that a member's permit is about
// to expire. It is taken once for each date that the permit is noted with.
type PermitWarned struct {
	MemberAct
	Kind            PermitKind `json:"kind"`
	ExpiresOn       Day        `json:"expires_on"`
	Alert           string     `json:"alert"`
	SettingsVersion int64      `json:"settings_version"`
}

// EventType implements Data.
func (PermitWarned) EventType() Type { return TypePermitWarned }

// Validate implements Data.
func (p PermitWarned) Validate() []FieldError {
	c := p.check()
	c.permit(p.Kind, p.ExpiresOn)
	c.id("alert", p.Alert)
	return c.fields
}

func (c *check) permit(kind PermitKind, expires Day) {
	if kind != PermitMunicipal && kind != PermitSanitary {
		c.add("kind", "must be municipal or sanitary")
	}
	if _, err := ParseDay(string(expires)); err != nil {
		c.add("expires_on", err.Error())
	}
}

// PermitsFrom returns the last day of the permits that the desk is told of at
// now, and false when it wants to be told of none.
func (s Settings) PermitsFrom(now time.Time) (Day, bool) {
	return DayOf(now, Clock(0, 0)).add(s.PermitAlertDays), s.PermitAlertDays > 0
}

// WarningID returns the id of the alert that a permit is about to expire. A
// permit that gets a date once more that it had before gets another alert.
func (p Permit) WarningID() string {
	return AlertID(AlertPermit, p.Member+" "+string(p.Kind)+" "+string(p.ExpiresOn)+" "+p.Alert)
}

// PermitAlert returns the event that tells the desk of a permit. Who it is stays
// unsaid: plate is that of the member's cart, "" without one.
func PermitAlert(source string, plate Plate, d PermitWarned) Event {
	a := AlertRaised{Alert: d.Alert, Kind: AlertPermit, Severity: SeverityInfo, RaisedAt: d.At}
	whose, end := "member "+d.Member, " ends on "
	if plate != "" {
		a.Plate, whose = &plate, "cart "+string(plate)
	}
	if d.ExpiresOn < DayOf(d.At, Clock(0, 0)) {
		a.Severity, end = SeverityWarning, " ended on "
	}
	a.Cause = string(d.Kind) + " permit of " + whose + end + string(d.ExpiresOn)
	return NewAlert(source, a)
}

var permitCause = regexp.MustCompile(`^(municipal|sanitary) permit of (cart|member) (\S+) (ends|ended) on (\d{4})-(\d\d)-(\d\d)$`)

// permitWords says in Spanish what PermitAlert says, "" of anything else.
func permitWords(cause string) string {
	m := permitCause.FindStringSubmatch(cause)
	if m == nil {
		return ""
	}
	text := map[string]string{"municipal": "El permiso municipal", "sanitary": "La resolución sanitaria"}[m[1]]
	text += map[string]string{"cart": " del carrito ", "member": " del miembro "}[m[2]] + m[3]
	return text + map[string]string{"ends": " vence el ", "ended": " venció el "}[m[4]] + m[7] + "-" + m[6] + "-" + m[5] + "."
}
