// Package autodidact trains encoders on pictures, clips, texts and time series without labels, and uses them.
//
// [Open] reads a folder, a zip or a file; [Pretrain] makes a run whose [Run.Steps] is an iterator of progress; [Run.Model] is the encoder,
// which embeds samples ([Model.Embed]), and is saved ([Model.Save]), exported ([Model.Export]) and loaded again ([Load], [Import]).
// A handful of labels predict those of all other samples ([Embeddings.Predict]). A model of series forecasts ([Model.Forecast]) and finds
// what is unusual ([Model.Anomalies]). A run that is to survive a crash is trained in a [Dir], and goes on by [Dir.Resume].
//
// All of it runs in this process, on the processor's cores, and opens no connection. The command autodidact is written on this package:
// run directories and models are the same, and so are those that the browser page exports.
//
// Built with GOEXPERIMENT=simd (Go 1.27, amd64 and arm64) it uses the processor's vector instructions: SimCLR on a ResNet-6 takes less
// than a quarter of the processor time. Without it, everything works, only slower. The same seed, data, [Config], build and kind of processor
// give the same weights, bit for bit.
//
// Errors are sentences for people, and those a program may decide by have types or values here. That something was left out, changed or
// not used is no error: it is a [Rejected], listed where it was found, in [Data.LeftOut], [Progress], [Model.Notices] and
// [Embeddings].
package autodidact
