package encoder

// Catalog is every encoder there is, in the order the page lists them.
var Catalog = []Spec{
	resNet6,
	resNet10,
	resNet8,
	resNet18,
	resNet50,
	resNet18ImageNet,
	resNet50ImageNet,
	vitTiny,
	bertTiny,
	bertMini,
	bertSmall,
	tcnSmall,
	tcn,
	tcnMixing,
	patchTST,
	patchTSTMixing,
	dilated,
	dilatedTiny,
}
