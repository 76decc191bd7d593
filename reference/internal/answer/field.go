package answer

import "fmt"

// FieldError says what is wrong with a field of the body.
type FieldError struct{ Field, Reason string }

// Invalid refuses a wrong field; nil refuses nothing.
func Invalid(wrong *FieldError) *Response {
	if wrong == nil {
		return nil
	}
	p := Describe(InvalidInput, Details{
		Detail: fmt.Sprintf("%s %s", wrong.Field, wrong.Reason), Field: wrong.Field,
	})
	return &p
}
