package main

import (
	"time"

	"gremio"
	"gremio/internal/lag"
	"gremio/internal/work/alerts"
	"gremio/internal/work/members"
	"gremio/internal/work/positions"
	"gremio/internal/work/sales"
	"gremio/internal/work/stock"
)

// readers are the topics that each worker reads.
var readers = map[string][]gremio.Topic{
	members.Name: members.Topics, sales.Name: sales.Topics, stock.Name: stock.Topics, positions.Name: positions.Topics, alerts.Name: alerts.Topics,
}

// lag watches how far all workers are behind, those of other processes and dead
// ones too.
func (h *house) lag() *lag.Watch {
	return &lag.Watch{Store: h.store, Log: h.log, Reads: readers, Logger: h.logger, Now: time.Now}
}
