package payment

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/idemcheck/idemcheck/internal/lists"
	"github.com/idemcheck/idemcheck/reference/internal/answer"
	"github.com/idemcheck/idemcheck/reference/internal/operation"
	"github.com/idemcheck/idemcheck/reference/store"
)

type chargeState struct {
	ID        string `json:"id"`
	Account   string `json:"account"`
	Amount    int64  `json:"amount"`
	Reference string `json:"reference"`
	Status    string `json:"status"`
	Refunded  int64  `json:"refunded"`
}

type effectState struct {
	ID        string    `json:"id"`
	Account   string    `json:"account"`
	Kind      string    `json:"kind"`
	Amount    int64     `json:"amount"`
	Key       string    `json:"key"`
	Reference string    `json:"reference"`
	At        time.Time `json:"at"`
}

type effectList struct {
	Effects []effectState `json:"effects"`
}

// views answer what only reads.
type views struct {
	store store.Store
	log   *slog.Logger
}

const effectPrefix = "ef_"

func (v views) account(w http.ResponseWriter, r *http.Request, tenant string) {
	v.show(r.Context(), w, func(reader store.Reader) (any, error) {
		account, err := reader.Account(tenant, r.PathValue("id"))
		return operation.AccountOf(account), err
	})
}

func (v views) charge(w http.ResponseWriter, r *http.Request, tenant string) {
	v.show(r.Context(), w, func(reader store.Reader) (any, error) {
		c, err := reader.Charge(tenant, r.PathValue("id"))
		state := chargeState{
			ID: c.ID, Account: c.Account, Amount: c.Amount, Reference: c.Reference,
			Status: "captured", Refunded: c.Refunded,
		}
		if c.Refunded == c.Amount {
			state.Status = "refunded"
		}
		return state, err
	})
}

// effects takes ?account=ID and, to page, ?after=EFFECT and ?limit=N.
func (v views) effects(w http.ResponseWriter, r *http.Request, tenant string) {
	query, wrong := effectQuery(r)
	if refusal := answer.Invalid(wrong); refusal != nil {
		refusal.Write(w)
		return
	}
	query.Tenant = tenant
	v.show(r.Context(), w, func(reader store.Reader) (any, error) {
		if _, err := reader.Account(tenant, query.Account); err != nil {
			return nil, err
		}
		effects, err := reader.Effects(query)
		return showEffects(effects), err
	})
}

func effectQuery(r *http.Request) (query store.EffectQuery, wrong *answer.FieldError) {
	values := r.URL.Query()
	query.Account = values.Get("account")
	if query.Account == "" {
		return query, &answer.FieldError{Field: "account", Reason: "is missing"}
	}
	var err error
	if after := values.Get("after"); after != "" {
		number, named := strings.CutPrefix(after, effectPrefix)
		query.After, err = strconv.ParseInt(number, 10, 64)
		if err != nil || !named || query.After < 0 {
			return query, &answer.FieldError{Field: "after", Reason: "is not the id of an effect"}
		}
	}
	if limit := values.Get("limit"); limit != "" {
		query.Limit, err = strconv.Atoi(limit)
		if err != nil || query.Limit < 1 {
			return query, &answer.FieldError{Field: "limit", Reason: "must be a whole number above zero"}
		}
	}
	return query, nil
}

func showEffects(effects []store.LedgerEntry) effectList {
	return effectList{Effects: append([]effectState{}, lists.Map(effects, showEffect)...)}
}

func showEffect(e store.LedgerEntry) effectState {
	return effectState{
		ID: effectPrefix + strconv.FormatInt(e.Seq, 10), Account: e.Account, Kind: e.Kind,
		Amount: e.Amount, Key: e.Key, Reference: e.Reference, At: e.At.UTC(),
	}
}

// show answers with what read finds.
func (v views) show(
	ctx context.Context, w http.ResponseWriter, read func(store.Reader) (any, error),
) {
	var found any
	err := v.store.View(ctx, func(r store.Reader) (err error) {
		found, err = read(r)
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		answer.Problem(answer.NotFound, "there is nothing of this id").Write(w)
	case err != nil:
		v.log.ErrorContext(ctx, "reading failed", "error", err)
		answer.Problem(answer.Unavailable, "reading failed").Again().Write(w)
	default:
		answer.Shown(found).Write(w)
	}
}
