package httpapi

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// documentPhones writes into the document the addresses that phones report to.
// They are answered before the mux, by any method and at any path below, which no
// document can say.
func (a *api) documentPhones() {
	problem := &huma.Response{Description: "Problem", Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: a.huma.OpenAPI().Components.Schemas.Schema(typeOf[huma.ErrorModel](), true, "")}}}
	refused := func(description string) *huma.Response {
		return &huma.Response{Description: description, Content: problem.Content}
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		o := &huma.Operation{
			OperationID: map[string]string{http.MethodGet: "report-by-phone-get", http.MethodPost: "report-by-phone"}[method],
			Method:      method, Path: phoneRoute, Tags: []string{"phone"},
			Summary: "What the GPS app of a cart's phone sends, in the app's own dialect",
			Description: "The address that a phone is set up with (`setup.url` of POST /v1/carts/{plate}/token). Any method and any path below it are taken; " +
				"the token may stand in the query (`token`) or the Authorization header instead. Once the token is known the answer is the app's own success, " +
				"whatever it sent: what cannot be understood goes to `rechazados`. GET by a browser answers a page that says what the address is for. docs/phones.md names the apps.",
			Parameters: []*huma.Param{{Name: "token", In: "path", Required: true, Description: "The cart's: a secret", Schema: &huma.Schema{Type: "string"}}},
			Security:   []map[string][]string{{}},
			Responses: map[string]*huma.Response{
				"200": {Description: "The app's own success", Content: map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: "string"}}, "application/json": {Schema: &huma.Schema{}}}},
				"400": refused("The body did not arrive whole"), "401": refused("The token is missing, wrong or revoked"), "403": refused("The token is no cart's"),
				"503": refused("It is not known whether this was kept: send it again"),
			},
		}
		if method == http.MethodPost {
			o.RequestBody = &huma.RequestBody{Description: "As the app sends it", Content: map[string]*huma.MediaType{
				"application/json": {Schema: &huma.Schema{}}, "application/x-www-form-urlencoded": {Schema: &huma.Schema{}}}}
		}
		a.huma.OpenAPI().AddOperation(o)
	}
}
