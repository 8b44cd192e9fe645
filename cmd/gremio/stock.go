package main

import (
	"context"

	"gremio"
	"gremio/internal/httpapi"
	"gremio/internal/sheet"
)

type stockCmd struct {
	keepers
	listFlags
	Plate string `help:"Of one cart." placeholder:"PLATE"`
}

func (c stockCmd) Run(ctx context.Context) error {
	if err := c.check(); err != nil {
		return err
	}
	return c.reading(ctx, func(t httpapi.Terminal) error {
		levels, err := t.Stock(ctx, c.Plate)
		if err != nil {
			return err
		}
		return writeList(c.listFlags, levels, sheet.StockText, sheet.StockWriters())
	})
}

type deliveriesCmd struct {
	keepers
	listFlags
	State string `help:"open (prepared, loaded or left), or one of prepared, loaded, left, done and cancelled; all when absent." enum:",open,prepared,loaded,left,done,cancelled" default:""`
	Plate string `help:"That stop at this cart." placeholder:"PLATE"`
	From  string `help:"Prepared on this day of the guild or later, YYYY-MM-DD." placeholder:"DAY"`
	To    string `help:"And on this day or earlier." placeholder:"DAY"`
}

func (c deliveriesCmd) Run(ctx context.Context) error {
	if err := c.check(); err != nil {
		return err
	}
	for flag, day := range map[string]string{"--from": c.From, "--to": c.To} {
		if _, err := gremio.ParseDay(day); day != "" && err != nil {
			return gremio.Wrap(gremio.Invalid, err, "%s", flag)
		}
	}
	return c.reading(ctx, func(t httpapi.Terminal) error {
		all, err := t.Deliveries(ctx, httpapi.DeliveryQuery{State: c.State, Plate: c.Plate, From: gremio.Day(c.From), To: gremio.Day(c.To)})
		if err != nil {
			return err
		}
		return writeList(c.listFlags, all, sheet.DeliveryText, sheet.DeliveryWriters())
	})
}
