package cpu

// Poison makes every fresh buffer, scratch too, hold NaN: reading one shows.
func (b *Backend) Poison() *Backend {
	b.poison = true
	return b
}
