package gremio

// The types of events, by topic.
const (
	TypeApplicationSubmitted Type = "gremio.application.submitted.v1"
	TypeApplicationHeld      Type = "gremio.application.held.v1"
	TypeApplicationApproved  Type = "gremio.application.approved.v1"
	TypeApplicationRejected  Type = "gremio.application.rejected.v1"

	TypeSaleRecorded Type = "gremio.sale.recorded.v1"
	TypeSaleVoided   Type = "gremio.sale.voided.v1"
	TypeDayClosed    Type = "gremio.day.closed.v1"
	TypeDayRevised   Type = "gremio.day.revised.v1"

	TypePositionReported Type = "gremio.position.reported.v1"
	TypeShiftStarted     Type = "gremio.shift.started.v1"
	TypeShiftEnded       Type = "gremio.shift.ended.v1"
	TypeShiftPaused      Type = "gremio.shift.paused.v1"
	TypeCartMissed       Type = "gremio.cart.missed.v1"
	TypeSightingReported Type = "gremio.sighting.reported.v1"
	TypeIntakeAlive      Type = "gremio.intake.alive.v1"

	TypeStockCounted        Type = "gremio.stock.counted.v1"
	TypeReplenishmentOpened Type = "gremio.replenishment.opened.v1"
	TypeReplenishmentClosed Type = "gremio.replenishment.closed.v1"
	TypeDeliveryRequested   Type = "gremio.delivery.requested.v1"
	TypeDeliveryPrepared    Type = "gremio.delivery.prepared.v1"
	TypeStopConfirmed       Type = "gremio.stop.confirmed.v1"

	TypeAlertRaised       Type = "gremio.alert.raised.v1"
	TypeAlertAcknowledged Type = "gremio.alert.acknowledged.v1"
	TypeAlertClosed       Type = "gremio.alert.closed.v1"

	TypeRecordRejected Type = "gremio.record.rejected.v1"
	TypeRecordLeftOut  Type = "gremio.record.left_out.v1"
)

// typeInfo says where events of a type lie and how their data is made.
type typeInfo struct {
	topic Topic
	plate bool // the subject is a plate, and ids are unique for it
	make  func() Data
	deref func(Data) Data
}

func info[T any, P interface {
	*T
	Data
}](topic Topic, plate bool) typeInfo {
	return typeInfo{
		topic: topic, plate: plate,
		make:  func() Data { return P(new(T)) },
		deref: func(d Data) Data { return any(*d.(P)).(Data) },
	}
}

var types = map[Type]typeInfo{
	TypeApplicationSubmitted: info[ApplicationSubmitted](TopicMemberships, false),
	TypeApplicationHeld:      info[ApplicationHeld](TopicMemberships, false),
	TypeApplicationApproved:  info[ApplicationApproved](TopicMemberships, false),
	TypeApplicationRejected:  info[ApplicationRejected](TopicMemberships, false),

	TypeSaleRecorded: info[SaleRecorded](TopicSales, true),
	TypeSaleVoided:   info[SaleVoided](TopicSales, true),
	TypeDayClosed:    info[DayClosed](TopicSales, false),
	TypeDayRevised:   info[DayRevised](TopicSales, false),

	TypePositionReported: info[PositionReported](TopicPositions, true),
	TypeShiftStarted:     info[ShiftStarted](TopicPositions, true),
	TypeShiftEnded:       info[ShiftEnded](TopicPositions, true),
	TypeShiftPaused:      info[ShiftPaused](TopicPositions, true),
	TypeCartMissed:       info[CartMissed](TopicPositions, true),
	TypeSightingReported: info[SightingReported](TopicPositions, false),
	TypeIntakeAlive:      info[IntakeAlive](TopicPositions, false),

	TypeStockCounted:        info[StockCounted](TopicStock, true),
	TypeReplenishmentOpened: info[ReplenishmentOpened](TopicStock, true),
	TypeReplenishmentClosed: info[ReplenishmentClosed](TopicStock, true),
	TypeDeliveryRequested:   info[DeliveryRequested](TopicStock, false),
	TypeDeliveryPrepared:    info[DeliveryPrepared](TopicStock, false),
	TypeStopConfirmed:       info[StopConfirmed](TopicStock, true),

	TypeAlertRaised:       info[AlertRaised](TopicAlerts, false),
	TypeAlertAcknowledged: info[AlertAcknowledged](TopicAlerts, false),
	TypeAlertClosed:       info[AlertClosed](TopicAlerts, false),

	TypeRecordRejected: info[RecordRejected](TopicRejected, false),
	TypeRecordLeftOut:  info[RecordLeftOut](TopicRejected, false),
}

// Types returns every known type, in no fixed order.
func Types() []Type {
	all := make([]Type, 0, len(types))
	for t := range types {
		all = append(all, t)
	}
	return all
}

// Topic returns the topic that carries events of type t, "" for an unknown type.
func (t Type) Topic() Topic { return types[t].topic }

func (t Type) keyedByPlate() bool { return types[t].plate }

func newData(t Type) (Data, bool) {
	i, ok := types[t]
	if !ok {
		return nil, false
	}
	return i.make(), true
}

func deref(d Data) Data { return types[d.EventType()].deref(d) }
