package gps

import (
	"maps"
	"slices"
	"strconv"
)

// spoken are the names of fields that some app sends and that are no person's,
// and whether their numbers are worth showing: an id may be anything.
var spoken = map[string]bool{
	"id": false, "deviceid": false, "device_id": false, "imei": false, "tid": false, "topic": false, "user": false, "trackid": false, "notificationToken": false,
	"lat": true, "lon": true, "latitude": true, "longitude": true, "location": false, "locations": false, "coords": false,
	"timestamp": true, "time": true, "tst": true, "created_at": true, "ts": true, "timeoffset": false, "date": false,
	"speed": true, "spd": true, "vel": true, "spd_kph": true, "s": true, "bearing": true, "heading": true, "course": true, "cog": true, "bear": true, "dir": true,
	"altitude": true, "alt": true, "accuracy": true, "acc": true, "hacc": true, "vacc": true, "vac": true, "hdop": true, "vdop": true, "pdop": true,
	"horizontal_accuracy": true, "vertical_accuracy": true,
	"batt": true, "bat": true, "battery": true, "battery_level": true, "bs": true, "charge": false, "valid": false, "cell": false, "wifi": false, "mock": false, "alarm": false,
	"_type": false, "event": false, "action": false, "current": false, "trip": false, "properties": false, "geometry": false, "odometer": false, "extras": false, "activity": false,
	"interval": true, "distance": true, "heartbeat": true, "buffer": false, "stop_detection": false,
}

// shape says what a message looked like: the names of fields that apps send, with
// their numbers, and how many there were besides. Anything may stand in the rest,
// a person's name among it.
func shape(f flat) []string {
	var all []string
	others := 0
	for _, name := range slices.Sorted(maps.Keys(f)) {
		shown, known := spoken[name]
		_, isNumber := number(f[name])
		switch {
		case !known:
			others++
		case shown && isNumber:
			all = append(all, name+"="+f[name])
		default:
			all = append(all, name)
		}
	}
	if others > 0 {
		all = append(all, "others: "+strconv.Itoa(others))
	}
	return all
}
