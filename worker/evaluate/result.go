package evaluate

// Band is a figure and what holds it in 95 of 100 cases.
type Band struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Result is one measurement; the band is 95 % over repeats, or binomial for one.
type Result struct {
	Method  string `json:"method"`
	Labels  int    `json:"labels"`  // per class; 0 means all
	Encoder string `json:"encoder"` // "pretrained", "scratch", "random" or "raw"
	// Baseline is, of "raw", the method without an encoder that was chosen, in most draws: "TF-IDF with logistic regression".
	Baseline string  `json:"baseline,omitempty"`
	Accuracy float64 `json:"accuracy"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	Repeats  int     `json:"repeats"`
	Balanced float64 `json:"balanced"` // mean over classes of their accuracy
	F1       float64 `json:"f1"`       // mean over classes
	// Confusion counts by true class, then by predicted class, in the order of Classes.
	Classes   []string `json:"classes,omitempty"`
	Confusion [][]int  `json:"confusion,omitempty"`
	// Ahead is by how much "pretrained" is ahead of this contender on the same test samples.
	Ahead *Band `json:"ahead,omitempty"`
}
