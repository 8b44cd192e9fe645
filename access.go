package gremio

import (
	"slices"
	"strings"
)

// An Action is what a route of the API stands for. Roles are granted actions,
// never routes.
type Action string

// The actions.
const (
	ActSaleRecord         Action = "sale.record"
	ActSaleVoid           Action = "sale.void"
	ActSaleRead           Action = "sale.read"
	ActPositionReport     Action = "position.report"
	ActShiftReport        Action = "shift.report"
	ActCartRead           Action = "cart.read"
	ActTrackRead          Action = "track.read"
	ActSightingReport     Action = "sighting.report"
	ActSightingRead       Action = "sighting.read"
	ActStockCount         Action = "stock.count"
	ActStockRead          Action = "stock.read"
	ActDeliveryRead       Action = "delivery.read"
	ActDeliveryPrepare    Action = "delivery.prepare"
	ActStopConfirm        Action = "stop.confirm"
	ActDeliveryDrive      Action = "delivery.drive"
	ActDepotChange        Action = "depot.change"
	ActApplicationSubmit  Action = "application.submit"
	ActApplicationList    Action = "application.list"
	ActApplicationRead    Action = "application.read"
	ActApplicationDecide  Action = "application.decide"
	ActApplicationConfirm Action = "application.confirm"
	ActApplicationCheck   Action = "application.check"
	ActApplicationPhone   Action = "application.phone"
	ActApplicationCorrect Action = "application.correct"
	ActPersonErase        Action = "person.erase"
	ActConsentTextRead    Action = "consent_text.read"
	ActMemberRead         Action = "member.read"
	ActMemberChange       Action = "member.change"
	ActAlertRead          Action = "alert.read"
	ActAlertHandle        Action = "alert.handle"
	ActEventTakeIn        Action = "event.take_in"
	ActEventRead          Action = "event.read"
	ActReportRead         Action = "report.read"
	ActSettingsRead       Action = "settings.read"
	ActSettingsChange     Action = "settings.change"
	ActLiveWatch          Action = "live.watch"
	ActSessionOpen        Action = "session.open"
	ActSessionRead        Action = "session.read"
	ActSessionClose       Action = "session.close"
	ActInvitationAccept   Action = "invitation.accept"
	ActAccountRead        Action = "account.read"
	ActAccountChange      Action = "account.change"
	ActUserRead           Action = "user.read"
	ActUserChange         Action = "user.change"
	ActTokenRead          Action = "token.read"
	ActTokenChange        Action = "token.change"
	ActCartTokenChange    Action = "cart_token.change"
	ActAuditRead          Action = "audit.read"
	ActMetricsRead        Action = "metrics.read"
)

// Takes reports whether the action is take-in, which works without the database.
func Takes(a Action) bool {
	switch a {
	case ActSaleRecord, ActPositionReport, ActStockCount, ActShiftReport, ActSightingReport, ActEventTakeIn:
		return true
	}
	return false
}

// A Role is what a person does in the guild.
type Role string

// The roles. Strangers, carts and programs have none: a stranger and a cart have
// columns of their own in the table, and a program has its scopes.
const (
	RoleVendor Role = "vendor" // sells; sees and changes what is of the own cart
	RoleDriver Role = "driver" // brings dough
	RoleReader Role = "reader" // looks at figures
	RoleDesk   Role = "desk"   // watches the map and the alerts
	RoleOffice Role = "office" // members, sales, deliveries
	RoleAdmin  Role = "admin"  // all that, settings, users, tokens
)

// Roles returns every role, the one that may least first.
func Roles() []Role {
	return []Role{RoleVendor, RoleDriver, RoleReader, RoleDesk, RoleOffice, RoleAdmin}
}

// A Reach is how far a grant goes.
type Reach int

// The reaches. A stranger's own is what bears the applicant's token.
const (
	None Reach = iota
	Own        // of the own cart alone
	All
)

// String returns the reach as the API and the docs name it, "" for none.
func (r Reach) String() string { return [...]string{"", "own", "all"}[r] }

// A Grant is one row of the table: who may do an action, and to what. Open is a
// stranger's while take-in is open (`open_ingest`).
type Grant struct {
	Action                                      Action
	Stranger, Open, Cart                        Reach
	Vendor, Driver, Reader, Desk, Office, Admin Reach
	Program                                     Reach // a program may have the action among its scopes
}

// grants is the table of who may do what. docs/access.md is printed from it.
var grants = []Grant{
	//                      stranger open cart  vendor driver reader desk office admin program
	{ActSaleRecord, None, All, Own, Own, None, None, None, All, All, All},
	{ActSaleVoid, None, None, None, Own, None, None, None, All, All, All},
	{ActSaleRead, None, None, Own, Own, None, All, All, All, All, All},
	{ActPositionReport, None, All, Own, Own, None, None, None, All, All, All},
	{ActShiftReport, None, All, Own, Own, None, None, All, All, All, All},
	{ActCartRead, None, None, Own, Own, All, All, All, All, All, All},
	{ActTrackRead, None, None, None, Own, None, None, All, All, All, All},
	{ActSightingReport, All, All, All, All, All, All, All, All, All, All},
	{ActSightingRead, None, None, None, None, None, All, All, All, All, All},
	{ActStockCount, None, All, Own, Own, All, None, None, All, All, All},
	{ActStockRead, None, None, Own, Own, All, All, All, All, All, All},
	{ActDeliveryRead, None, None, None, None, All, All, All, All, All, All},
	{ActDeliveryPrepare, None, None, None, None, None, None, None, All, All, All},
	{ActStopConfirm, None, None, Own, Own, All, None, None, All, All, All},
	{ActDeliveryDrive, None, None, None, None, All, None, None, All, All, All},
	{ActDepotChange, None, None, None, None, All, None, None, All, All, All},
	{ActApplicationSubmit, All, All, All, All, All, All, All, All, All, All},
	{ActApplicationList, None, None, None, None, None, None, None, All, All, All},
	{ActApplicationRead, Own, Own, Own, Own, Own, Own, Own, All, All, All},
	{ActApplicationPhone, Own, Own, Own, Own, Own, Own, Own, All, All, None},
	{ActApplicationDecide, None, None, None, None, None, None, None, All, All, All},
	{ActApplicationConfirm, Own, Own, Own, Own, Own, Own, Own, All, All, All},
	{ActApplicationCheck, None, None, None, None, None, None, None, All, All, All},
	{ActApplicationCorrect, Own, Own, Own, Own, Own, Own, Own, All, All, All},
	{ActPersonErase, Own, Own, Own, Own, Own, Own, Own, Own, All, None},
	{ActConsentTextRead, All, All, All, All, All, All, All, All, All, All},
	{ActMemberRead, None, None, None, None, None, None, None, All, All, All},
	{ActMemberChange, None, None, None, None, None, None, None, All, All, All},
	{ActAlertRead, None, None, None, None, None, All, All, All, All, All},
	{ActAlertHandle, None, None, None, None, None, None, All, All, All, All},
	{ActEventTakeIn, None, All, Own, Own, None, None, None, All, All, All},
	{ActEventRead, None, None, Own, Own, None, None, None, All, All, All},
	{ActReportRead, None, None, None, Own, None, All, All, All, All, All},
	{ActSettingsRead, None, None, None, None, None, All, All, All, All, All},
	{ActSettingsChange, None, None, None, None, None, None, None, None, All, All},
	{ActLiveWatch, None, None, None, Own, All, All, All, All, All, All},
	{ActSessionOpen, All, All, All, All, All, All, All, All, All, None},
	{ActSessionRead, None, None, All, All, All, All, All, All, All, All},
	{ActSessionClose, None, None, None, All, All, All, All, All, All, None},
	{ActInvitationAccept, All, All, All, All, All, All, All, All, All, None},
	{ActAccountRead, None, None, None, All, All, All, All, All, All, None},
	{ActAccountChange, None, None, None, All, All, All, All, All, All, None},
	{ActUserRead, None, None, None, None, None, None, None, None, All, None},
	{ActUserChange, None, None, None, None, None, None, None, None, All, None},
	{ActTokenRead, None, None, None, None, None, None, None, None, All, None},
	{ActTokenChange, None, None, None, None, None, None, None, None, All, None},
	{ActCartTokenChange, None, None, None, None, None, None, None, All, All, None},
	{ActAuditRead, None, None, None, None, None, None, None, None, All, All},
	{ActMetricsRead, None, None, None, None, None, None, None, None, All, All},
}

// Grants returns the table, a row for each action.
func Grants() []Grant { return slices.Clone(grants) }

// GrantOf returns the row of an action; nobody may do one that has none.
func GrantOf(a Action) Grant {
	for _, g := range grants {
		if g.Action == a {
			return g
		}
	}
	return Grant{Action: a}
}

// To returns what the row grants a role.
func (g Grant) To(r Role) Reach {
	switch r {
	case RoleVendor:
		return g.Vendor
	case RoleDriver:
		return g.Driver
	case RoleReader:
		return g.Reader
	case RoleDesk:
		return g.Desk
	case RoleOffice:
		return g.Office
	case RoleAdmin:
		return g.Admin
	}
	return None
}

// roleScope begins a scope that stands for all that a role reaches in full and a
// program may have.
const roleScope = "role:"

// ParseScopes turns what was asked for into a program's actions, in the table's
// order: actions, and role:NAME for those of a role.
func ParseScopes(asked []string) ([]Action, error) {
	wanted := map[Action]bool{}
	for _, s := range asked {
		if name, ok := strings.CutPrefix(s, roleScope); ok {
			if !slices.Contains(Roles(), Role(name)) {
				return nil, Errorf(Invalid, "there is no role %q", name)
			}
			for _, g := range grants {
				if g.To(Role(name)) == All && g.Program == All {
					wanted[g.Action] = true
				}
			}
			continue
		}
		if GrantOf(Action(s)).Program != All {
			return nil, Errorf(Invalid, "%q is no action that a program may have: want one such as sale.read, or role:reader", s)
		}
		wanted[Action(s)] = true
	}
	if len(wanted) == 0 {
		return nil, Errorf(Invalid, "name at least one scope, such as sale.read or role:reader")
	}
	var actions []Action
	for _, g := range grants {
		if wanted[g.Action] {
			actions = append(actions, g.Action)
		}
	}
	return actions, nil
}
