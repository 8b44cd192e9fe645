package gremio

// The types of events, by topic.
const (
	TypeApplicationSubmitted Type = "gremio.application.submitted.v1"
	TypeApplicationHeld      Type = "gremio.application.held.v1"
	TypeApplicationApproved  Type = "gremio.application.approved.v1"
	TypeApplicationRejected  Type = "gremio.application.rejected.v1"

	TypeApplicationConfirmed Type = "gremio.application.confirmed.v1"
	TypeApplicationChecked   Type = "gremio.application.checked.v1"
	TypeApplicationPaid      Type = "gremio.application.paid.v1"

	TypeConfirmationAsked     Type = "gremio.application.confirmation_asked.v1"
	TypeApplicationHeldV2     Type = "gremio.application.held.v2"
	TypeApplicationApprovedV2 Type = "gremio.application.approved.v2"
	TypeApplicationRejectedV2 Type = "gremio.application.rejected.v2"

	TypeMemberChanged   Type = "gremio.member.changed.v1"
	TypeMemberSuspended Type = "gremio.member.suspended.v1"
	TypeMemberResumed   Type = "gremio.member.resumed.v1"
	TypeMemberLeft      Type = "gremio.member.left.v1"
	TypeMemberReturned  Type = "gremio.member.returned.v1"
	TypeCartGiven       Type = "gremio.cart.given.v1"
	TypePlateChanged    Type = "gremio.plate.changed.v1"
	TypePermitNoted     Type = "gremio.permit.noted.v1"
	TypePermitWarned    Type = "gremio.permit.warned.v1"

	TypePersonCorrected  Type = "gremio.person.corrected.v1"
	TypeConsentGiven     Type = "gremio.consent.given.v1"
	TypeConsentWithdrawn Type = "gremio.consent.withdrawn.v1"
	TypePersonErased     Type = "gremio.person.erased.v1"

	TypeSaleRecorded Type = "gremio.sale.recorded.v1"
	TypeSaleVoided   Type = "gremio.sale.voided.v1"
	TypeDayClosed    Type = "gremio.day.closed.v1"
	TypeDayRevised   Type = "gremio.day.revised.v1"
	TypeDayClosedV2  Type = "gremio.day.closed.v2"
	TypeDayRevisedV2 Type = "gremio.day.revised.v2"

	TypePositionReported Type = "gremio.position.reported.v1"
	TypeShiftStarted     Type = "gremio.shift.started.v1"
	TypeShiftEnded       Type = "gremio.shift.ended.v1"
	TypeShiftPaused      Type = "gremio.shift.paused.v1"
	TypeCartMissed       Type = "gremio.cart.missed.v1"
	TypePhonePaced       Type = "gremio.phone.paced.v1"
	TypeSightingReported Type = "gremio.sighting.reported.v1"
	TypeIntakeAlive      Type = "gremio.intake.alive.v1"
	TypeTrackingStopped  Type = "gremio.tracking.stopped.v1"
	TypeTrackingResumed  Type = "gremio.tracking.resumed.v1"
	TypeTrackErased      Type = "gremio.track.erased.v1"

	TypeStockCounted        Type = "gremio.stock.counted.v1"
	TypeReplenishmentOpened Type = "gremio.replenishment.opened.v1"
	TypeReplenishmentClosed Type = "gremio.replenishment.closed.v1"
	TypeDeliveryRequested   Type = "gremio.delivery.requested.v1"
	TypeDeliveryPrepared    Type = "gremio.delivery.prepared.v1"
	TypeStopConfirmed       Type = "gremio.stop.confirmed.v1"
	TypeDeliveryPreparedV2  Type = "gremio.delivery.prepared.v2"
	TypeDeliveryLoaded      Type = "gremio.delivery.loaded.v1"
	TypeDeliveryLeft        Type = "gremio.delivery.left.v1"
	TypeDeliveryCancelled   Type = "gremio.delivery.cancelled.v1"
	TypeStopFailed          Type = "gremio.stop.failed.v1"
	TypeDepotRefilled       Type = "gremio.depot.refilled.v1"
	TypeDepotCounted        Type = "gremio.depot.counted.v1"

	TypeAlertRaised       Type = "gremio.alert.raised.v1"
	TypeAlertAcknowledged Type = "gremio.alert.acknowledged.v1"
	TypeAlertClosed       Type = "gremio.alert.closed.v1"

	TypeRecordRejected  Type = "gremio.record.rejected.v1"
	TypeRecordLeftOut   Type = "gremio.record.left_out.v1"
	TypeRequestRejected Type = "gremio.request.rejected.v1"
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

	TypeApplicationConfirmed: info[ApplicationConfirmed](TopicMemberships, false),
	TypeApplicationChecked:   info[ApplicationChecked](TopicMemberships, false),
	TypeApplicationPaid:      info[ApplicationPaid](TopicMemberships, false),

	TypeConfirmationAsked:     info[ConfirmationAsked](TopicMemberships, false),
	TypeApplicationHeldV2:     info[ApplicationHeldV2](TopicMemberships, false),
	TypeApplicationApprovedV2: info[ApplicationApprovedV2](TopicMemberships, false),
	TypeApplicationRejectedV2: info[ApplicationRejectedV2](TopicMemberships, false),

	TypeMemberChanged:   info[MemberChanged](TopicMemberships, false),
	TypeMemberSuspended: info[MemberSuspended](TopicMemberships, false),
	TypeMemberResumed:   info[MemberResumed](TopicMemberships, false),
	TypeMemberLeft:      info[MemberLeft](TopicMemberships, false),
	TypeMemberReturned:  info[MemberReturned](TopicMemberships, false),
	TypeCartGiven:       info[CartGiven](TopicMemberships, false),
	TypePlateChanged:    info[PlateChanged](TopicMemberships, false),
	TypePermitNoted:     info[PermitNoted](TopicMemberships, false),
	TypePermitWarned:    info[PermitWarned](TopicMemberships, false),

	TypePersonCorrected:  info[PersonCorrected](TopicMemberships, false),
	TypeConsentGiven:     info[ConsentGiven](TopicMemberships, false),
	TypeConsentWithdrawn: info[ConsentWithdrawn](TopicMemberships, false),
	TypePersonErased:     info[PersonErased](TopicMemberships, false),

	TypeSaleRecorded: info[SaleRecorded](TopicSales, true),
	TypeSaleVoided:   info[SaleVoided](TopicSales, true),
	TypeDayClosed:    info[DayClosed](TopicSales, false),
	TypeDayRevised:   info[DayRevised](TopicSales, false),
	TypeDayClosedV2:  info[DayClosedV2](TopicSales, false),
	TypeDayRevisedV2: info[DayRevisedV2](TopicSales, false),

	TypePositionReported: info[PositionReported](TopicPositions, true),
	TypeShiftStarted:     info[ShiftStarted](TopicPositions, true),
	TypeShiftEnded:       info[ShiftEnded](TopicPositions, true),
	TypeShiftPaused:      info[ShiftPaused](TopicPositions, true),
	TypeCartMissed:       info[CartMissed](TopicPositions, true),
	TypePhonePaced:       info[PhonePaced](TopicPositions, true),
	TypeSightingReported: info[SightingReported](TopicPositions, false),
	TypeIntakeAlive:      info[IntakeAlive](TopicPositions, false),
	TypeTrackingStopped:  info[TrackingStopped](TopicPositions, true),
	TypeTrackingResumed:  info[TrackingResumed](TopicPositions, true),
	TypeTrackErased:      info[TrackErased](TopicPositions, true),

	TypeStockCounted:        info[StockCounted](TopicStock, true),
	TypeReplenishmentOpened: info[ReplenishmentOpened](TopicStock, true),
	TypeReplenishmentClosed: info[ReplenishmentClosed](TopicStock, true),
	TypeDeliveryRequested:   info[DeliveryRequested](TopicStock, false),
	TypeDeliveryPrepared:    info[DeliveryPrepared](TopicStock, false),
	TypeStopConfirmed:       info[StopConfirmed](TopicStock, true),
	TypeDeliveryPreparedV2:  info[DeliveryPreparedV2](TopicStock, false),
	TypeDeliveryLoaded:      info[DeliveryLoaded](TopicStock, false),
	TypeDeliveryLeft:        info[DeliveryLeft](TopicStock, false),
	TypeDeliveryCancelled:   info[DeliveryCancelled](TopicStock, false),
	TypeStopFailed:          info[StopFailed](TopicStock, true),
	TypeDepotRefilled:       info[DepotRefilled](TopicStock, false),
	TypeDepotCounted:        info[DepotCounted](TopicStock, false),

	TypeAlertRaised:       info[AlertRaised](TopicAlerts, false),
	TypeAlertAcknowledged: info[AlertAcknowledged](TopicAlerts, false),
	TypeAlertClosed:       info[AlertClosed](TopicAlerts, false),

	TypeRecordRejected:  info[RecordRejected](TopicRejected, false),
	TypeRecordLeftOut:   info[RecordLeftOut](TopicRejected, false),
	TypeRequestRejected: info[RequestRejected](TopicRejected, false),
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
