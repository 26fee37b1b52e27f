package view

import "math"

// Lab is a colour as CIELAB under D65 sees it: lightness 0 to 100, a from green to red and
// b from blue to yellow, about -110 to 110.
type Lab struct{ L, A, B float64 }

// The reference white, and sRGB's primaries in XYZ (IEC 61966-2-1).
var (
	white = [3]float64{0.95047, 1, 1.08883}
	toXYZ = [3][3]float64{
		{0.4124564, 0.3575761, 0.1804375},
		{0.2126729, 0.7151522, 0.0721750},
		{0.0193339, 0.1191920, 0.9503041},
	}
	fromXYZ = inverse(toXYZ)
)

// ToLab converts sRGB, each from 0 to 1.
func ToLab(rgb [3]float64) Lab {
	var f [3]float64
	for i := range f {
		var v float64
		for c, k := range toXYZ[i] {
			v += k * linear(rgb[c])
		}
		f[i] = cubeRoot(v / white[i])
	}
	return Lab{116*f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])}
}

// ToRGB converts to sRGB. A colour that no screen can show has parts below 0 or above 1.
func (c Lab) ToRGB() (rgb [3]float64) {
	y := (c.L + 16) / 116
	xyz := [3]float64{y + c.A/500, y, y - c.B/200}
	for i := range xyz {
		xyz[i] = white[i] * cube(xyz[i])
	}
	for i := range rgb {
		var v float64
		for c, k := range fromXYZ[i] {
			v += k * xyz[c]
		}
		rgb[i] = gamma(v)
	}
	return rgb
}

// linear undoes gamma.
func linear(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

func gamma(v float64) float64 {
	if v <= 0.0031308 {
		return 12.92 * v
	}
	return 1.055*math.Pow(v, 1/2.4) - 0.055
}

// cubeRoot is CIELAB's, straight near 0; cube undoes it.
func cubeRoot(t float64) float64 {
	if t > 216./24389 {
		return math.Cbrt(t)
	}
	return (24389./27*t + 16) / 116
}

func cube(f float64) float64 {
	if t := f * f * f; t > 216./24389 {
		return t
	}
	return (116*f - 16) * 27 / 24389
}
