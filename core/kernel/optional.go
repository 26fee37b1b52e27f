package kernel

// The interfaces here are shortcuts a Backend may also offer, one method each.
// A caller asks with a type assertion and composes the same result from the
// basic operations when the answer is no; that composition is also the shortcut's oracle.
type (
	// A MachineBackend says what it computes with, in words: numbers of different machines differ in their last bits.
	MachineBackend interface{ Machine() string }

	// A SoftmaxBackend has a one-pass softmax over rows of length n.
	SoftmaxBackend interface{ Softmax(dst, x Buffer, n int) }

	// A ChainBackend goes back through an elementwise function with slope op: dx = dy * op(x).
	ChainBackend interface {
		Chain(op UnaryOp, dx, dy, x Buffer)
	}
	// A LinearBackend adds a bias [N] to each row of a product as it makes it.
	LinearBackend interface {
		Linear(y, x, w, bias Buffer, m Mat)
	}

	// A ConvBackend convolves x [batch, height, width, in] with
	// w [kernelH, kernelW, in, out] into y [batch, outH, outW, out].
	ConvBackend interface{ Conv(y, x, w Buffer, c Conv) }
	// A ConvBiasBackend adds a bias [out] to each pixel as it convolves.
	ConvBiasBackend interface {
		ConvBias(y, x, w, bias Buffer, c Conv)
	}
	// A ConvInputBackend turns the gradient of y into the gradient of x.
	ConvInputBackend interface {
		ConvInput(dx, dy, w Buffer, c Conv)
	}
	// A ConvWeightBackend turns the gradient of y into the gradient of w.
	ConvWeightBackend interface {
		ConvWeight(dw, x, dy Buffer, c Conv)
	}

	// A MaxPoolBackend takes the largest value of each window of x [batch, height, width, channels] into
	// y [batch, outH, outW, channels]; c.In is the channels, and what is outside of a picture is never largest.
	MaxPoolBackend interface{ MaxPool(y, x Buffer, c Conv) }
	// A MaxPoolGradBackend gives the gradient of each y to the first pixel of its window that is as large.
	MaxPoolGradBackend interface {
		MaxPoolGrad(dx, dy, x, y Buffer, c Conv)
	}

	// A NormBackend standardizes x and applies the affine gamma, beta; it leaves
	// each group's mean and 1/sqrt(variance+eps) for the way back.
	NormBackend interface {
		Norm(y, mean, rstd, x, gamma, beta Buffer, n Norm)
	}
	// A NormGradBackend is the way back of Norm.
	NormGradBackend interface {
		NormGrad(dx, dgamma, dbeta, dy, x, mean, rstd, gamma Buffer, n Norm)
	}

	// An AdamWBackend updates p, m and v in one pass over g.
	AdamWBackend interface {
		AdamW(p, m, v, g Buffer, a AdamW)
	}

	// A TrimBackend keeps freed buffers to use them again, and gives back the memory of those it has.
	TrimBackend interface {
		Trim()
	}
)

// Trim lets b forget freed buffers: what comes next needs others.
func Trim(b Backend) {
	if t, ok := b.(TrimBackend); ok {
		t.Trim()
	}
}

// Conv is the shape of a 2-D convolution. Padding is zeros, the same on both sides
// of an axis unless the output size says otherwise. A causal convolution in time is one
// of height length and width 1, with all its padding above.
type Conv struct {
	Batch, H, W, In int
	KH, KW, Out     int
	Stride, Pad     int
	Above, Below    int // zeros above and below besides Pad
	Dilation        int // height from one row of the kernel to the next; 0 is 1, and more goes with Stride 1 only
}

// Step is Dilation, at least 1.
func (c Conv) Step() int { return max(1, c.Dilation) }

// Reach is the height that the kernel spans.
func (c Conv) Reach() int { return c.Step()*(c.KH-1) + 1 }

// OutH is the height of the result.
func (c Conv) OutH() int { return (c.H+c.Above+c.Below+2*c.Pad-c.Reach())/c.Stride + 1 }

// OutW is the width of the result.
func (c Conv) OutW() int { return (c.W+2*c.Pad-c.KW)/c.Stride + 1 }

// Norm views x as [A, B, C, D] and standardizes over B and D for each A and C;
// gamma and beta are [C, D]. GroupNorm: A batch, B positions, C groups, D channels
// of a group. LayerNorm: A rows, B 1, C 1, D width. BatchNorm: A 1, B batch times
// positions, C channels, D 1.
type Norm struct {
	A, B, C, D int
	Eps        float32
}

// AdamW holds one step's constants.
type AdamW struct{ LR, Beta1, Beta2, Eps, Decay, Bias1, Bias2 float32 }
