package traces

import commonpb "go.opentelemetry.io/proto/otlp/common/v1"

// attributes are what is said of a span, an event or a resource. Each method returns them with one
// more.
type attributes []*commonpb.KeyValue

// text adds a text, unless it is empty.
func (a attributes) text(name, value string) attributes {
	if value == "" {
		return a
	}
	return a.with(name, textValue(value))
}

// texts adds some texts, unless there are none.
func (a attributes) texts(name string, values []string) attributes {
	if len(values) == 0 {
		return a
	}
	list := &commonpb.ArrayValue{}
	for _, v := range values {
		list.Values = append(list.Values, textValue(v))
	}
	return a.with(name, &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: list}})
}

// whole adds a number, and number one that is not zero.
func (a attributes) whole(name string, value int) attributes {
	return a.with(name, &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: int64(value)}})
}

func (a attributes) number(name string, value int) attributes {
	if value == 0 {
		return a
	}
	return a.whole(name, value)
}

// flag adds whether something is so, and yes only where it is.
func (a attributes) flag(name string, value bool) attributes {
	return a.with(name, &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: value}})
}

func (a attributes) yes(name string, value bool) attributes {
	if !value {
		return a
	}
	return a.flag(name, value)
}

// with adds any value.
func (a attributes) with(name string, value *commonpb.AnyValue) attributes {
	return append(a, &commonpb.KeyValue{Key: name, Value: value})
}

// textValue is a text as OTLP writes it.
func textValue(text string) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: text}}
}
