// Package autodidact trains encoders on pictures, clips, texts and time series without labels, and uses them.
//
// [Open] reads a folder, a zip or a file; [Pretrain] makes a run whose [Run.Steps] is an iterator of progress; [Run.Model] is the encoder,
// which embeds samples ([Model.Embed]), and is saved ([Model.Save]), exported ([Model.Export]) and loaded again ([Load], [Import]).
// A handful of labels predict those of all other samples ([Embeddings.Predict]). A model of series forecasts ([Model.Forecast]) and finds
// what is unusual ([Model.Anomalies]). A run that is to survive a crash is trained in a [Dir], and goes on by [Dir.Resume].
//
// All of it runs in this process, on the processor's cores, and opens no connection. The command autodidact is written on this package:
// run directories and models are the same, and those that the browser page exports.
//
// Go's own SIMD instructions make it several times faster; build with GOEXPERIMENT=simd (Go 1.27, amd64 and arm64). Without, it works alike.
// The same seed, data, Config and build give the same weights.
//
// Errors are sentences for people. What files lacked, what was left out or changed does not fail: it is a [Rejected], and is listed
// where it is found, in [Data.LeftOut], [Progress] and [Model.Notices].
package autodidact
