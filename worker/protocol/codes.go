package protocol

// A Code is a failure a page can act on without reading prose.
type Code string

const (
	BadData     Code = "bad-data"
	TooFew      Code = "too-few"
	Misfit      Code = "misfit"
	Cancelled   Code = "cancelled" // by Cancel, or by a newer command
	Diverged    Code = "diverged"
	OutOfMemory Code = "out-of-memory"
	StorageFull Code = "storage-full"
	NotSaved    Code = "not-saved"  // for another reason than a full disk
	NotLoaded   Code = "not-loaded" // a file of the program
	InUse       Code = "in-use"     // another tab trains that run: said by the page, which alone can know
	Unsupported Code = "unsupported"
	Internal    Code = "internal"
)
