package probe

// All are the first n numbers.
func All(n int) []int {
	at := make([]int, n)
	for i := range at {
		at[i] = i
	}
	return at
}

// WithLabel are the numbers of samples that have a label.
func WithLabel(labels []string) (at []int) {
	for i, l := range labels {
		if l != "" {
			at = append(at, i)
		}
	}
	return at
}
