package cpu

import "autodidact/core/kernel"

func (*Backend) Gather(dst, table, rows kernel.Buffer, p kernel.Pick) {
	d, t := words("Gather", dst, rows.Len()*p.Width), table.(kernel.Host)
	for i, r := range rows.(kernel.Host).Int32s() {
		at := i*p.Step + int(r)*p.Width
		copy(d[i*p.Width:(i+1)*p.Width], t[at:at+p.Width])
	}
}

// Scatter goes row after row: two may land in one place.
func (b *Backend) Scatter(dst, src, rows kernel.Buffer, p kernel.Pick) {
	d, s := dst.(kernel.Host), words("Scatter", src, rows.Len()*p.Width)
	for i, r := range rows.(kernel.Host).Int32s() {
		at := i*p.Step + int(r)*p.Width
		to := d[at : at+p.Width]
		b.binary[kernel.Add](to, to, s[i*p.Width:(i+1)*p.Width])
	}
}
