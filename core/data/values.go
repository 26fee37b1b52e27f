package data

import (
	"encoding/json"
	"math"
)

// Values are readings; a missing one, NaN, is null in JSON.
type Values []float32

func (v Values) MarshalJSON() ([]byte, error) {
	out := make([]*float32, len(v))
	for i := range v {
		if v[i] == v[i] && !math.IsInf(float64(v[i]), 0) {
			out[i] = &v[i]
		}
	}
	return json.Marshal(out)
}

func (v *Values) UnmarshalJSON(raw []byte) error {
	var in []*float32
	if err := json.Unmarshal(raw, &in); err != nil {
		return err
	}
	*v = make(Values, len(in))
	for i, x := range in {
		if (*v)[i] = nan; x != nil {
			(*v)[i] = *x
		}
	}
	return nil
}
